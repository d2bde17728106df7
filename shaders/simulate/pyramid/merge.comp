// Moments of each cell of a level from those of its up to eight children, one level below.
// Workgroups (x, g) go through the cells of group g.  Reads and writes cells.
layout(local_size_x = 64) in;
#include <grids readonly>
#include <grid_level readonly>
#include <cells>
#include "simulate/pyramid/grid.glsl"
#include "simulate/pyramid/moments.glsl"
uniform uint level;

CellsItem merged(uvec3 cell, uvec4 below) {
    Moments sum = Moments(0.0, vec3(0), vec3(0), vec3(0));
    vec3 base = vec3(0);
    for (uint k = 0u; k < 8u; k++) {
        uvec3 child = 2u * cell + uvec3(k & 1u, k >> 1u & 1u, k >> 2u);
        if (any(greaterThanEqual(child, below.xyz))) continue;
        CellsItem part = cells[below.w + flat_index(child, below.xyz)];
        if (part.mass == 0.0) continue;
        if (sum.mass == 0.0) base = part.center;
        add_mass(sum, part.mass, part.center - base);
        sum.diagonal += part.diagonal;
        sum.mixed += part.mixed.xyz;
    }
    if (sum.mass == 0.0) return CellsItem(vec3(0), 0.0, vec3(0), 0.0, vec4(0));
    return cell_from(sum, base);
}

void main() {
    uint g = gl_WorkGroupID.y;
    if (level >= grids[g].levels) return;
    uvec4 here = grid_level[g * LEVELS + level], below = grid_level[g * LEVELS + level - 1u];
    uint count = volume(here.xyz), stride = gl_NumWorkGroups.x * 64u;
    for (uint c = gl_GlobalInvocationID.x; c < count; c += stride)
        cells[here.w + c] = merged(cell_at(c, here.xyz), below);
}
