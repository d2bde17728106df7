// A quad that just covers each sphere as the eye sees it.  No attributes: neuron first + VertexID/6.
//
//        eye  .------ tangent ------.  quad through the centre, square to the line of sight,
//              \        sphere     /   half as wide as  r d / sqrt(d^2 - r^2)
//
// Reads position, tint, second_tint, importance, category, layer_range.
#include "include/camera.glsl"
#include "include/quad.glsl"
#include <position readonly>
#include <tint readonly>
#include <second_tint readonly>
#include <importance readonly>
#include <category readonly>
#include <layer_range readonly>
uniform uint first_neuron;
uniform uint layer;
uniform float radius_world;
uniform float margin_px;

out vec3 v_ray;              // through this corner, view space
flat out vec3 v_center;      // view space
flat out float v_radius;
flat out vec2 v_value;       // tint and second tint over the layer's largest, -1..1
flat out int v_category;     // -1 for none

void main() {
    uint neuron = first_neuron + uint(gl_VertexID / 6);
    vec3 center = (view_from_node * vec4(position[neuron].xyz, 1)).xyz;
    float radius = radius_world * mix(0.62, 1.25, clamp(importance[neuron], 0.0, 1.0));
    float away = length(center);
    if (away < radius * 1.05 || center.z > -radius) {  // around or behind the eye
        gl_Position = vec4(2, 2, 2, 1);
        return;
    }
    vec3 ahead = center / away;
    vec3 right = normalize(cross(ahead, abs(ahead.y) < 0.99 ? vec3(0, 1, 0) : vec3(1, 0, 0)));
    vec3 up = cross(right, ahead);
    float world_per_px = 2.0 * -center.z / (clip_from_view[1][1] * viewport_px.y);
    float reach = radius * away / sqrt(away * away - radius * radius) + margin_px * world_per_px;
    vec2 corner = quad_corner() * reach;
    v_ray = center + right * corner.x + up * corner.y;
    v_center = center;
    v_radius = radius;
    v_value = clamp(vec2(tint[neuron], second_tint[neuron]) / layer_range[layer].tint, -1.0, 1.0);
    v_category = category[neuron];
    gl_Position = clip_from_view * vec4(v_ray, 1);
}
