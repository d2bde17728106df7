// What near neurons do, one by one: those of the nearest finest cells.  Adds to what fields.comp
// found for the rest.  Where cells are soft, only coincident neurons are left to part.
// Workgroup (x, g): 256 slots of group g.  Reads cell_key, member, sorted_coordinate, cell_range,
// cells; writes repulsion.
layout(local_size_x = 256) in;
#include <groups readonly>
#include <grids readonly>
#include <grid_level readonly>
#include <cell_key readonly>
#include <member readonly>
#include <sorted_coordinate readonly>
#include <cell_range readonly>
#include <cells readonly>
#include <repulsion>
#include "simulate/pyramid/grid.glsl"
#include "include/kick.glsl"

const uint MOST_VISITS = 1u << 30u;  // by all neurons, in one of up to 25 rows of cells
const uint WINDOW = 16u;  // how far along the sorted order coincident neurons are sought in a crowd

struct Neuron {
    uint slot;
    vec3 here;
    uint crowd;  // more than so many in a row of cells count as one body a cell
    uint met;    // how many it coincides with, itself included
};

vec4 push(vec3 apart, float mass) {
    float w = 1.0 / (1.0 + dot(apart, apart));
    return mass * vec4(w * w * apart, w);
}

// The slots of some cells in a row; they follow one another in the sorted order.
uvec2 slots_of(uint first, uint last) {
    uvec2 slots = uvec2(0xffffffffu, 0u);
    for (uint c = first; c <= last; c++) {
        uvec2 range = cell_range[c];
        if (range.x < range.y) slots = uvec2(min(slots.x, range.x), range.y);
    }
    return uvec2(min(slots.x, slots.y), slots.y);
}

void add_each(inout vec4 sum, inout Neuron neuron, uvec2 slots) {
    for (uint k = slots.x; k < slots.y; k++) {
        vec3 apart = neuron.here - sorted_coordinate[k].xyz;
        if (dot(apart, apart) < COINCIDENT) neuron.met++;
        sum += push(apart, k == neuron.slot ? 0.0 : 1.0);
    }
}

void add_bodies(inout vec4 sum, Neuron neuron, uint first, uint last) {
    for (uint c = first; c <= last; c++) {
        vec3 apart = neuron.here - cells[c].center;
        float mass = cells[c].mass;
        if (c == cell_key[neuron.slot]) {  // all but the neuron itself
            mass -= 1.0;
            apart += apart / max(mass, 1.0);
        }
        sum += push(apart, mass);
    }
}

// Parts coincident neurons.  They are rare: within `add_each` this would double its time.
void add_kicks(inout vec4 sum, Neuron neuron, uvec2 slots, float weight) {
    for (uint k = slots.x; k < slots.y; k++) {
        vec3 apart = neuron.here - sorted_coordinate[k].xyz;
        if (k == neuron.slot || dot(apart, apart) >= COINCIDENT) continue;
        sum.xyz += push(kick(member[neuron.slot], member[k]), weight).xyz;
    }
}

// Seeks coincident neurons in the neuron's cell; in a crowd, only among the next ones, whose kicks
// count for more then: as many times as makes a sum of kicks in all directions as long.
void part(inout vec4 sum, Neuron neuron, bool crowded) {
    uvec2 own = cell_range[cell_key[neuron.slot]], next = own;
    if (crowded) next = uvec2(max(own.x + WINDOW, neuron.slot) - WINDOW,
                              min(own.y, neuron.slot + WINDOW + 1u));
    add_kicks(sum, neuron, next, sqrt(float(own.y - own.x) / float(next.y - next.x)));
}

void main() {
    uint g = gl_WorkGroupID.y, count = groups[g].end - groups[g].start;
    if (gl_GlobalInvocationID.x >= count) return;
    uint slot = grids[g].first_slot + gl_GlobalInvocationID.x, i = member[slot];
    uvec4 level = grid_level[g * LEVELS];
    uint own = cell_key[slot] - level.w;
    if (own >= volume(level.xyz) || sorted_coordinate[slot].w == 0.0) {
        repulsion[i] = vec4(0);
        return;
    }
    Neuron neuron = Neuron(slot, sorted_coordinate[slot].xyz, MOST_VISITS / count, 0u);
    vec4 sum = repulsion[i];
    bool soft = grids[g].soft == 1u, crowded = soft;
    if (soft) sum.w -= 1.0;  // the neuron itself
    int near = int(grids[g].near);
    ivec3 cell = ivec3(cell_at(own, level.xyz)), last = ivec3(level.xyz) - 1;
    ivec3 low = max(cell - near, 0), high = soft ? low - 1 : min(cell + near, last);
    for (int z = low.z; z <= high.z; z++)
        for (int y = low.y; y <= high.y; y++) {
            uint row = level.w + level.x * (uint(y) + level.y * uint(z));
            uvec2 slots = slots_of(row + uint(low.x), row + uint(high.x));
            bool many = slots.y - slots.x > neuron.crowd;
            if (many) add_bodies(sum, neuron, row + uint(low.x), row + uint(high.x));
            else add_each(sum, neuron, slots);
            crowded = crowded || many;
        }
    if (crowded || neuron.met > 1u) part(sum, neuron, crowded);
    repulsion[i] = sum;
}
