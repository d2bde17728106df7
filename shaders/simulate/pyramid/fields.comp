// What far neurons do: each cell takes its parent's expansion and adds the cells that are near
// enough for its own size and were too near for the parent's, as in the fast multipole method
// (Greengard & Rokhlin 1987).  FINEST: the expansion is evaluated at the cell's neurons.
// Workgroups (x, g) go through the cells of group g.  Reads cells, expansion;
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
    expansion[5u * place + 1u] = vec4(e.diagonal, e.cross.x);
    expansion[5u * place + 2u] = vec4(e.cross.yz, e.cubic.xy);
    expansion[5u * place + 3u] = vec4(e.cubic.z, e.forward);
    expansion[5u * place + 4u] = vec4(e.backward, e.mixed);
}

// Adds the cells whose parents are neighbours of the parent; at the top, all.
void add_far(inout Expansion sum, vec3 center, ivec3 cell, uvec4 here, int near, bool top, bool soft) {
    ivec3 last = ivec3(here.xyz) - 1;
    ivec3 low = top ? ivec3(0) : max(2 * (cell / 2 - near), 0);
    ivec3 high = top ? last : min(2 * (cell / 2 + near) + 1, last);
    float trace2 = 0.0;
    vec3 trace3 = vec3(0);
    for (int z = low.z; z <= high.z; z++)
        for (int y = low.y; y <= high.y; y++) {
            uint row = here.w + here.x * (uint(y) + here.y * uint(z));
            for (int x = low.x; x <= high.x; x++) {
                ivec3 away = abs(ivec3(x, y, z) - cell);
                if (!soft && max(away.x, max(away.y, away.z)) <= near) continue;
                CellsItem source = cells[row + uint(x)];
                if (source.mass > 0.0) add_cell(sum, trace2, trace3, center - source.center, source);
            }
        }
    complete(sum, trace2, trace3);
}

void main() {
    uint g = gl_WorkGroupID.y;
    if (level >= grids[g].levels) return;
    uvec4 here = grid_level[g * LEVELS + level], above = grid_level[g * LEVELS + level + 1u];
    bool top = level + 1u == grids[g].levels, soft = level == 0u && grids[g].soft == 1u;
    uint count = volume(here.xyz), stride = gl_NumWorkGroups.x * 64u;
    // Expansions are kept from level 1 on.
    uint kept = grids[g].first_expansion - grid_level[g * LEVELS + 1u].w;
    for (uint c = gl_GlobalInvocationID.x; c < count; c += stride) {
        if (cells[here.w + c].mass == 0.0) continue;
        vec3 center = cells[here.w + c].center;
        uvec3 cell = cell_at(c, here.xyz);
        Expansion sum = Expansion(0.0, vec3(0), vec3(0), vec3(0), vec3(0), vec3(0), vec3(0), 0.0);
        if (!top) {
            uint parent = above.w + flat_index(cell / 2u, above.xyz);
            sum = shifted(load(kept + parent), center - cells[parent].center);
        }
        add_far(sum, center, ivec3(cell), here, int(grids[g].near), top, soft);
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
