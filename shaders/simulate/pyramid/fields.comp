// What far neurons do.  Each cell takes its parent's expansion and adds the cells that are far
// enough for its own size and were too near for its parent's, as in the fast multipole method
// (Greengard & Rokhlin 1987).  FINEST: the expansions are evaluated at the neurons.
// Workgroups (x, g) go through one level's cells of group g.  Reads cells, expansion;
// writes expansion, or repulsion.
layout(local_size_x = 64) in;
#include <grids readonly>
#include <grid_level readonly>
#include <cells readonly>
#include <expansion>
#if FINEST
#include <cell_range readonly>
#include <sorted_coordinate readonly>
#include <member readonly>
#include <repulsion writeonly>
const uint level = 0u;
#else
uniform uint level;
#endif
#include "simulate/pyramid/grid.glsl"
#include "simulate/pyramid/expansion.glsl"

Expansion load(uint place) {
    vec4 a = expansion[5u * place], b = expansion[5u * place + 1u], c = expansion[5u * place + 2u];
    vec4 d = expansion[5u * place + 3u], e = expansion[5u * place + 4u];
    return Expansion(a.w, a.xyz, b.xyz, vec3(b.w, c.xy), vec3(c.zw, d.x), d.yzw, e.xyz, e.w);
}

void store(uint place, Expansion e) {
    expansion[5u * place] = vec4(e.slope, e.value);
    expansion[5u * place + 1u] = vec4(e.diagonal, e.mixed.x);
    expansion[5u * place + 2u] = vec4(e.mixed.yz, e.cubic.xy);
    expansion[5u * place + 3u] = vec4(e.cubic.z, e.forward);
    expansion[5u * place + 4u] = vec4(e.backward, e.xyz);
}

// Adds the cells low..high, but for those within `near` of the cell.
void add_cells(inout Expansion sum, vec3 center, ivec3 cell, uvec4 here, ivec3 low, ivec3 high,
               int near) {
    vec3 along = vec3(0);
    for (int z = low.z; z <= high.z; z++)
        for (int y = low.y; y <= high.y; y++)
            for (int x = low.x; x <= high.x; x++) {
                ivec3 away = abs(ivec3(x, y, z) - cell);
                if (max(away.x, max(away.y, away.z)) <= near) continue;
                CellsItem source = cells[here.w + flat_index(uvec3(x, y, z), here.xyz)];
                if (source.mass > 0.0) add_cell(sum, along, center - source.center, source);
            }
    complete(sum, along);
}

void main() {
    uint g = gl_WorkGroupID.y;
    if (level >= grids[g].levels) return;
    uvec4 here = grid_level[g * LEVELS + level], above = grid_level[g * LEVELS + level + 1u];
    // Expansions are kept from level 1 on.
    uint kept = grids[g].first_expansion - grid_level[g * LEVELS + 1u].w;
    bool top = level + 1u == grids[g].levels, soft = level == 0u && grids[g].soft == 1u;
    int near = int(grids[g].near);
    ivec3 last = ivec3(here.xyz) - 1;
    uint count = volume(here.xyz), stride = gl_NumWorkGroups.x * 64u;
    for (uint c = gl_GlobalInvocationID.x; c < count; c += stride) {
        if (cells[here.w + c].mass == 0.0) continue;
        vec3 center = cells[here.w + c].center;
        ivec3 cell = ivec3(cell_at(c, here.xyz)), low = ivec3(0), high = last;
        Expansion sum = no_expansion();
        if (!top) {
            uint parent = above.w + flat_index(uvec3(cell / 2), above.xyz);
            sum = shifted(load(kept + parent), center - cells[parent].center);
            low = max(2 * (cell / 2 - near), 0);
            high = min(2 * (cell / 2 + near) + 1, last);
        }
        add_cells(sum, center, cell, here, low, high, soft ? -1 : near);
#if FINEST
        uvec2 range = cell_range[here.w + c];
        for (uint k = range.x; k < range.y; k++) {
            Expansion at = shifted(sum, sorted_coordinate[k].xyz - center);
            repulsion[member[k]] = vec4(-0.5 * at.slope, at.value);
        }
#else
        store(kept + here.w + c, sum);
#endif
    }
}
