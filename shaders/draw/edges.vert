// A weight as a ribbon that faces the eye, as wide as its strength.  Six vertices a weight;
// the weight is selected[VertexID / 6].
//
//    0,3 ----------------------- 1      `a` the neuron it leaves, `b` the one it enters
//     a                          b      half width = reach of the profile
//     5 ---------------------- 2,4
//
// Reads selected, weight, activation, position, layer_range.
#include "include/camera.glsl"
#include "include/strength.glsl"
#include <selected readonly>
#include <position readonly>
#include <layer_range readonly>
uniform float width_px;   // of the strongest
uniform float contrast;   // exponent from relative strength to width and light
uniform float light;      // of the strongest
uniform float focus_distance;  // at which light is neither dimmed nor raised

out float v_across;           // -1..1 from border to border, affine in the picture
out float v_light;            // signed, depth cue included

const float NEAR = 0.05;

void main() {
    uint edge = selected[gl_VertexID / 6];
    uint layer = layer_of_edge(edge);
    uvec2 ends = ends_of_edge(edge, layer);
    float signed_value = signed_strength(edge, layer);
    float top = max(layer_range[layer].strength, 1e-20);
    float relative = clamp(abs(signed_value) / top, 0.0, 1.0);
    float threshold = layer_range[layer].threshold / top;
    // What has only just been chosen is faint, so that nothing pops in.
    float entrance = threshold > 0.0 ? smoothstep(0.9, 1.6, relative / threshold) * 0.8 + 0.2 : 1.0;
    float drawn = pow(relative, contrast);

    vec3 a = (view_from_node * vec4(position[ends.x].xyz, 1)).xyz;
    vec3 b = (view_from_node * vec4(position[ends.y].xyz, 1)).xyz;
    if (min(a.z, b.z) > -NEAR || !is_finite(a + b)) {  // behind the eye, or not a number
        gl_Position = vec4(2, 2, 2, 1);
        return;
    }
    if (a.z > -NEAR) a = mix(b, a, (b.z + NEAR) / (b.z - a.z));
    if (b.z > -NEAR) b = mix(a, b, (a.z + NEAR) / (a.z - b.z));
    vec4 clip_a = clip_from_view * vec4(a, 1), clip_b = clip_from_view * vec4(b, 1);
    vec2 px_a = 0.5 * viewport_px * clip_a.xy / clip_a.w;
    vec2 px_b = 0.5 * viewport_px * clip_b.xy / clip_b.w;
    vec2 along = px_b - px_a;
    float length_px = length(along);
    along = length_px > 1e-4 ? along / length_px : vec2(1, 0);

    // The profile (1 - x^2)^2 is half as wide as its base; thinner than a pixel means fainter,
    // not flickering.
    float wanted = width_px * pixel_scale * mix(0.2, 1.0, drawn);
    float shown = max(wanted, 1.2);
    float reach = shown;
    float faintness = wanted / shown;

    int corner = gl_VertexID % 6;
    bool at_b = corner == 1 || corner == 2 || corner == 4;
    float side = (corner == 0 || corner == 1 || corner == 3) ? 1.0 : -1.0;
    vec4 clip = at_b ? clip_b : clip_a;
    clip.xy += vec2(-along.y, along.x) * side * reach * 2.0 / viewport_px * clip.w;
    // Dividing here makes the profile affine in the picture; depth stays linear in it as well.
    gl_Position = vec4(clip.xyz / clip.w, 1);
    v_across = side;
    float distance_view = at_b ? length(b) : length(a);
    float fade = clamp(focus_distance / max(distance_view, 1e-3), 0.35, 1.6);
    v_light = light * drawn * entrance * faintness * sign(signed_value) * fade
              * layer_range[layer].exposure;
}
