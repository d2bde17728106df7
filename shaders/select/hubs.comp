// Gives every neuron the centre of its bundle, through which its weights run.
// One workgroup a bundle, which gathers its members: the sum is the same each run.
// Reads cell_range (of each bundle, where its members stand), member, position; writes hub.
// Positions that are not finite do not count.
layout(local_size_x = 64) in;
#include "include/finite.glsl"
#include <cell_range readonly>
#include <member readonly>
#include <position readonly>
#include <hub writeonly>

shared vec4 part[64];  // sum of positions, and how many

void main() {
    uint lane = gl_LocalInvocationID.x;
    uvec2 range = cell_range[gl_WorkGroupID.x];
    vec4 sum = vec4(0);
    for (uint slot = range.x + lane; slot < range.y; slot += 64u) {
        vec3 here = position[member[slot]].xyz;
        if (is_finite(here)) sum += vec4(here, 1);
    }
    part[lane] = sum;
    barrier();
    for (uint half_count = 32u; half_count > 0u; half_count /= 2u) {
        if (lane < half_count) part[lane] += part[lane + half_count];
        barrier();
    }
    vec3 center = part[0].xyz / max(part[0].w, 1.0);
    for (uint slot = range.x + lane; slot < range.y; slot += 64u)
        hub[member[slot]] = vec4(center, 0);
}
