// Light on its way along a weight: a comet, head first, as a ribbon on the weight's curve.  The
// weight is selected[VertexID / STRIP_VERTICES].
//
//     a ------------- tail ======>  head ------- b     at share `travelled` of the way its middle
//                                                      is there; it comes out of one neuron
//                                                      and goes into the other whole
// Reads selected, position, hub, edge_range, and what strengths are made of.
#include "include/camera.glsl"
#include "include/curve.glsl"
#include "include/depth_cue.glsl"
#include "include/ribbon.glsl"
#include "include/strength.glsl"
#include "include/strip.glsl"
#include <edge_range readonly>
#include <selected readonly>
uniform float travelled;  // 0..1
uniform bool backward;    // from b to a
uniform float width_px;   // of the strongest, nominal
uniform float gain;       // of its light
uniform vec3 color;       // linear
uniform vec3 sign_colors[2];  // of negative and positive ones
uniform float tinted;     // how much of the sign's colour there is in it

noperspective out float v_across;
noperspective out float v_ahead;  // of the head's middle, 0..1
noperspective out float v_along;  // 0 at the tail's end, 1 at the head
flat out vec3 v_color;
noperspective out float v_amount;

const float LENGTH = 0.15;  // of the weight
const float EMERGED = 0.06;  // where it is as bright as it gets

void main() {
    uint edge = selected[gl_VertexID / STRIP_VERTICES];
    Matrix matrix = matrix_of(edge);
    Curve curve = curve_between(ends_of(edge, matrix));
    if (!is_finite(curve.a + curve.b) || !is_finite(curve.hub_a + curve.hub_b)) {
        gl_Position = vec4(2, 2, 2, 1);
        return;
    }
    if (backward) curve = Curve(curve.b, curve.a, curve.hub_b, curve.hub_a);
    ivec2 corner = strip_corner(gl_VertexID % STRIP_VERTICES);
    float tail = travelled * (1.0 + LENGTH) - LENGTH;
    vec2 visible = clamp(vec2(tail, tail + LENGTH), 0.0, 1.0);
    // The last part of the strip is the round front of the head.
    float part = (visible.y - visible.x) / float(SEGMENTS - 1);
    float share = visible.x + float(min(corner.x, SEGMENTS - 1)) * part;
    v_ahead = corner.x == SEGMENTS ? 1.0 : 0.0;
    vec3 before = view_of(point_on(curve, max(share - part, visible.x)));
    vec3 here = view_of(point_on(curve, share));
    vec3 after = view_of(point_on(curve, min(share + part, visible.y)));

    EdgeRangeItem range = edge_range[matrix.layer];
    float value = signed_strength(edge, matrix);
    float relative = clamp(abs(value) / max(range.strength, 1e-20), 0.0, 1.0);
    float side = float(corner.y);
    v_along = (share - tail) / LENGTH;
    float wanted = width_px * pixel_scale * mix(0.35, 1.0, relative) * mix(0.3, 1.0, v_along);
    float reach = max(wanted, 1.2);
    gl_Position = ribbon_corner(before, here, after, side * reach, v_ahead * reach);
    v_across = side;
    v_color = mix(color, sign_colors[value > 0.0 ? 1 : 0], tinted);
    v_amount = gain * relative * range.exposure * wanted / reach * depth_cue(here)
               * smoothstep(0.0, EMERGED, travelled);
}
