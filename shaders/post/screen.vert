// One triangle that covers the frame.
noperspective out vec2 v_uv;

void main() {
    vec2 corner = vec2(gl_VertexID == 1 ? 3 : -1, gl_VertexID == 2 ? 3 : -1);
    v_uv = 0.5 + 0.5 * corner;
    gl_Position = vec4(corner, 0, 1);
}
