// Moments of each finest cell from its neurons, in sorted order.
// Workgroups (x, g) go through the cells of group g.  Reads cell_range; writes cells.
layout(local_size_x = 64) in;
#include <grid_level readonly>
#include <cell_range readonly>
#include <sorted_coordinate readonly>
#include <cells writeonly>
#include "simulate/pyramid/grid.glsl"
#include "simulate/pyramid/moments.glsl"

void main() {
    uvec4 level = grid_level[gl_WorkGroupID.y * LEVELS];
    uint last = level.w + volume(level.xyz);
    uint stride = gl_NumWorkGroups.x * 64u;
    for (uint c = level.w + gl_GlobalInvocationID.x; c < last; c += stride) {
        uvec2 range = cell_range[c];
        cells[c].mass = 0.0;
        if (range.x == range.y) continue;
        Moments sum = Moments(0.0, vec3(0), vec3(0), vec3(0));
        vec3 base = sorted_coordinate[range.x].xyz;
        for (uint k = range.x; k < range.y; k++)
            add_mass(sum, 1.0, sorted_coordinate[k].xyz - base);
        cells[c] = cell_from(sum, base);
    }
}
