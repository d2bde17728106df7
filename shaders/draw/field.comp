// The largest |value| of every tile that is large enough and in the frame; 0 for the others, which
// so cost a look at their position.  One invocation a tile: neighbours read neighbouring weights.
// Writes field_range.  Invariant: finite, and positive for what is to be drawn.
layout(local_size_x = 64) in;
#include "draw/field.glsl"
#include <field_range writeonly>
uniform uint first_tile;
uniform uint tile_count;
uniform float least_px;
uniform float clearance_world;

bool in_sight(vec3 center) {
    if (!is_finite(center) || -center.z < 2.0 * clearance_world + 1e-3) return false;
    if (tile_px(center) <= least_px) return false;
    vec2 reach = -center.z / vec2(clip_from_view[0][0], clip_from_view[1][1]) + side_world;
    return all(lessThan(abs(center.xy), reach));
}

void main() {
    if (gl_GlobalInvocationID.x >= tile_count) return;
    uint tile = first_tile + gl_GlobalInvocationID.x;
    float largest = 0.0;
    if (in_sight(tile_center(tile))) {
        largest = 1e-20;
        for (int row = 0; row < grid.x; row++) {
            for (int column = 0; column < grid.y; column++) {
                largest = max(largest, abs(cell_value(tile, ivec2(column, row))));
            }
        }
    }
    field_range[tile] = largest;
}
