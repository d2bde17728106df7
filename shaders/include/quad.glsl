// Corner of the quad number `gl_VertexID / 6`, as two triangles: (-1,-1) .. (1,1).
vec2 quad_corner() {
    const vec2 corners[6] = vec2[6](
        vec2(-1, -1), vec2(1, -1), vec2(1, 1), vec2(-1, -1), vec2(1, 1), vec2(-1, 1));
    return corners[gl_VertexID % 6];
}
