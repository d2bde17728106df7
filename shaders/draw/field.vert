// A square at every neuron of a layer; six vertices a tile.  It is drawn towards the eye along the
// lines of sight, and shrunk as much, so that it covers its sphere without moving in the picture:
//
//     eye  ------------- tile ----( sphere )
//
// Reads position, tint, layer_range, field_range.
#include "draw/field.glsl"
#include "include/quad.glsl"
#include <tint readonly>
#include <layer_range readonly>
#include <field_range readonly>
uniform uint layer;
uniform uint first_tile;
uniform bool facing;             // the camera's plane; else across the network's axis
uniform float clearance_world;
uniform vec2 fade_px;            // sides from which a tile is there, and there in full

out vec2 v_place;                // -1..1 from border to border, y up
flat out uint v_tile;
flat out float v_range;
flat out float v_tint;           // over the layer's largest, -1..1
flat out float v_presence;       // 0..1

const float MARGIN_PX = 1.0;

void main() {
    v_tile = first_tile + uint(gl_VertexID / 6);
    v_range = field_range[v_tile];
    if (!(v_range > 0.0)) {
        gl_Position = vec4(2, 2, 2, 1);
        return;
    }
    vec3 center = tile_center(v_tile);
    float side_px = tile_px(center);
    vec3 right = facing ? vec3(1, 0, 0) : mat3(view_from_node) * vec3(0, 0, 1);
    vec3 up = facing ? vec3(0, 1, 0) : mat3(view_from_node) * vec3(0, 1, 0);
    vec3 sight = normalize(center);
    float slant = max(abs(dot(sight, normalize(cross(right, up)))), 0.3);
    v_place = quad_corner() * (1.0 + 2.0 * MARGIN_PX / (slant * side_px));
    vec3 corner = center + 0.5 * side_world * (v_place.x * right + v_place.y * up);
    // Neighbours in one plane overlap in the same order from everywhere, instead of flickering.
    float before = clearance_world * (1.0 + 0.2 * fract(float(v_tile) * 0.618034));
    corner *= 1.0 - min(before / slant / length(center), 0.9);
    float told = tint[first_neuron + v_tile] / layer_range[layer].tint;
    v_tint = is_finite(told) ? clamp(told, -1.0, 1.0) : 0.0;
    v_presence = smoothstep(fade_px.x, fade_px.y, side_px);
    gl_Position = clip_from_view * vec4(corner, 1);
}
