// A weight as a ribbon that faces the eye, as wide as its strength, of SEGMENTS parts along its
// curve; the weight is selected[VertexID / VERTICES].
//
//    0,3 ----------------------- 1      One part: two triangles.  More: a strip.
//     a                          b      `a` the neuron it leaves, `b` the one it enters;
//     5 ---------------------- 2,4      half width = reach of the profile
//
// Reads selected, position, hub, edge_range, and what strengths are made of.
#include "include/camera.glsl"
#include "include/curve.glsl"
#include "include/depth_cue.glsl"
#include "include/edge_look.glsl"
#include "include/ribbon.glsl"
#include "include/strip.glsl"
#include <selected readonly>

noperspective out float v_across;  // -1..1 from border to border, affine in the picture
noperspective out float v_light;   // signed, depth cue included

#if SEGMENTS == 1
const int VERTICES = 6;
ivec2 joint_and_side(int vertex) {
    bool at_b = vertex == 1 || vertex == 2 || vertex == 4;
    return ivec2(at_b, vertex == 0 || vertex == 1 || vertex == 3 ? 1 : -1);
}
#else
const int VERTICES = STRIP_VERTICES;
ivec2 joint_and_side(int vertex) {
    return strip_corner(vertex);
}
#endif

void main() {
    uint edge = selected[gl_VertexID / VERTICES];
    Matrix matrix = matrix_of(edge);
    uvec2 ends = ends_of(edge, matrix);
    Curve curve = curve_between(ends);
    if (!is_finite(curve.a + curve.b) || !is_finite(curve.hub_a + curve.hub_b)) {
        gl_Position = vec4(2, 2, 2, 1);
        return;
    }
    ivec2 corner = joint_and_side(gl_VertexID % VERTICES);
#if SEGMENTS == 1
    vec3 before = view_of(curve.a), after = view_of(curve.b);
    vec3 here = corner.x == 0 ? before : after;
#else
    float part = 1.0 / float(SEGMENTS), share = float(corner.x) * part;
    vec3 here = view_of(point_on(curve, share));
    vec3 before = view_of(point_on(curve, max(share - part, 0.0)));
    vec3 after = view_of(point_on(curve, min(share + part, 1.0)));
#endif
    // The profile (1 - x^2)^2 is half as wide as its base; thinner than a pixel means fainter,
    // not flickering.
    Look look = look_of(edge, matrix, ends);
    float wanted = look.width * pixel_scale;
    float reach = max(wanted, 1.2);
    float side = float(corner.y);
    gl_Position = ribbon_corner(before, here, after, side * reach, 0.0);
    v_across = side;
    v_light = look.light * wanted / reach * depth_cue(here);
}
