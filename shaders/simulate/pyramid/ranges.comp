// Where the neurons of each finest cell begin and end in the sorted order; their coordinates in it.
// Workgroup (x, g): 256 slots of group g.  Reads cell_key, member, coordinate.
layout(local_size_x = 256) in;
#include <groups readonly>
#include <coordinate readonly>
#include <grids readonly>
#include <grid_level readonly>
#include <cell_key readonly>
#include <member readonly>
#include <cell_range>
#include <sorted_coordinate writeonly>
#include "simulate/pyramid/grid.glsl"

void main() {
    uint g = gl_WorkGroupID.y, count = groups[g].end - groups[g].start;
    if (gl_GlobalInvocationID.x >= count) return;
    uint first = grids[g].first_slot, slot = first + gl_GlobalInvocationID.x;
    uvec4 level = grid_level[g * LEVELS];
    sorted_coordinate[slot] = coordinate[member[slot]];
    uint key = cell_key[slot];
    if (key - level.w >= volume(level.xyz)) return;  // out of reach, in no cell
    if (slot == first || cell_key[slot - 1u] != key) cell_range[key].x = slot;
    if (slot + 1u == first + count || cell_key[slot + 1u] != key) cell_range[key].y = slot + 1u;
}
