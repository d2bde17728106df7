// Chooses the size of the finest cells, and lays out the levels of the pyramid above them.
//
// The survey says how many companions a neuron has in its cell on average, for two sizes of cell;
// between and below them that number follows a power law whose exponent is the dimension of the
// cloud (correlation dimension, Grassberger & Procaccia 1983): 2 in a plane or on a shell.
// Cells are sized for few companions; but where they come out smaller than the kernel is wide, the
// expansions serve for neighbouring cells too (`soft`), and larger cells are as good.
// One workgroup a group.  Reads survey; writes grids, grid_level.
// Invariant: the cells of all levels fit into the room that the group has.
layout(local_size_x = 256) in;
#include <groups readonly>
#include <grids>
#include <grid_level writeonly>
#include <survey readonly>
#include "simulate/pyramid/grid.glsl"

const float SOFT_SIZE = 0.4;        // the kernel 1 / (1 + d^2) is one unit wide
const float COMPANIONS = 8.0;       // of which every one is visited
const float SOFT_COMPANIONS = 64.0; // of which none is

shared vec2 pairs_part[256];

// Ordered pairs within the cells of one block of 2 x 2 x 2, and within the block as one cell.
vec2 pairs_in_block(uint first, uint block) {
    uvec3 corner = 2u * cell_at(block, uvec3(SURVEY_SIDE / 2u));
    float whole = 0.0, within = 0.0;
    for (uint k = 0u; k < 8u; k++) {
        uvec3 cell = corner + uvec3(k & 1u, k >> 1u & 1u, k >> 2u);
        float count = float(survey[first + flat_index(cell, uvec3(SURVEY_SIDE))]);
        whole += count;
        within += count * (count - 1.0);
    }
    return vec2(within, whole * (whole - 1.0));
}

vec2 pairs_in_survey(uint lane, uint g) {
    uint blocks = SURVEY_SIDE * SURVEY_SIDE * SURVEY_SIDE / 8u;
    vec2 sum = vec2(0);
    for (uint block = lane; block < blocks; block += 256u)
        sum += pairs_in_block(g * blocks * 8u, block);
    pairs_part[lane] = sum;
    barrier();
    for (uint half_count = 128u; half_count > 0u; half_count /= 2u) {
        if (lane < half_count) pairs_part[lane] += pairs_part[lane + half_count];
        barrier();
    }
    return pairs_part[0];
}

float size_wanted(vec3 extent, vec2 companions) {
    companions = max(companions, 1e-3);
    float dimension = clamp(log2(companions.y / companions.x), 1.0, 3.0);
    float few = pow(COMPANIONS / companions.x, 1.0 / dimension);
    float many = pow(SOFT_COMPANIONS / companions.x, 1.0 / dimension);
    float size = survey_size(extent);
    return max(few * size, min(many * size, SOFT_SIZE));
}

uvec3 dims_at(uvec3 finest, uint level) {
    return (finest + (1u << level) - 1u) >> level;
}

bool is_top(uvec3 dims) {
    return all(lessThanEqual(dims, uvec3(4)));
}

bool fits(GridsItem plan, uvec3 finest) {
    if (any(greaterThan(finest, uvec3(MAX_SIDE)))) return false;
    float cells = 0.0, above = 0.0;
    for (uint level = 0u; level < LEVELS; level++) {
        vec3 dims = vec3(dims_at(finest, level));
        cells += dims.x * dims.y * dims.z;
        if (level > 0u) above += dims.x * dims.y * dims.z;
        if (is_top(uvec3(dims))) break;
    }
    return cells <= float(plan.cell_room) && above <= float(plan.expansion_room);
}

void main() {
    uint lane = gl_LocalInvocationID.x, g = gl_WorkGroupID.y;
    vec2 pairs = pairs_in_survey(lane, g);
    if (lane > 0u) return;
    GridsItem plan = grids[g];
    float count = max(float(groups[g].end - groups[g].start), 1.0);
    plan.size = size_wanted(plan.extent, pairs / count);
    plan.soft = plan.size <= SOFT_SIZE ? 1u : 0u;
    uvec3 finest = uvec3(1);
    for (;; plan.size *= 1.03) {
        finest = uvec3(clamp(ceil(plan.extent / plan.size), 1.0, float(MAX_SIDE + 1)));
        if (fits(plan, finest)) break;
    }
    if (plan.size > SOFT_SIZE) plan.soft = 0u;
    // Far forces cancel less in a sheet, and it has few cells: look nearer before calling it far.
    uint thinnest = min(finest.x, min(finest.y, finest.z));
    plan.near = thinnest * 4u <= max(finest.x, max(finest.y, finest.z)) ? 2u : 1u;
    uint first = plan.first_cell;
    for (uint level = 0u; level < LEVELS; level++) {
        uvec3 dims = dims_at(finest, level);
        grid_level[g * LEVELS + level] = uvec4(dims, first);
        first += volume(dims);
        plan.levels = level + 1u;
        if (is_top(dims)) break;
    }
    grids[g] = plan;
}
