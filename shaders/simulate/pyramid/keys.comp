// The finest cell of each neuron, as the key to sort by; neurons out of reach come last.
// Workgroup (x, g): 256 neurons of group g.  Writes cell_key, member and empties cell_range.
layout(local_size_x = 256) in;
#include <groups readonly>
#include <coordinate readonly>
#include <grids readonly>
#include <grid_level readonly>
#include <cell_key writeonly>
#include <member writeonly>
#include <cell_range writeonly>
#include "simulate/pyramid/grid.glsl"

void main() {
    uint g = gl_WorkGroupID.y, x = gl_GlobalInvocationID.x, i = groups[g].start + x;
    uvec4 level = grid_level[g * LEVELS];
    uint count = volume(level.xyz);
    for (uint c = x; c < count; c += gl_NumWorkGroups.x * 256u) cell_range[level.w + c] = uvec2(0);
    if (i >= groups[g].end) return;
    vec3 y = coordinate[i].xyz;
    uint cell = flat_index(cell_of(y - grids[g].origin, grids[g].size, level.xyz), level.xyz);
    cell_key[grids[g].first_slot + x] = level.w + (within_reach(y) ? cell : count);
    member[grids[g].first_slot + x] = i;
}
