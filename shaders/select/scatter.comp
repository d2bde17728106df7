// Writes the numbers of the chosen weights, ascending.  One workgroup a tile of 1024.
// Reads tile_count (where the tile begins); writes selected.
layout(local_size_x = 256) in;
#include "include/chosen.glsl"
#include <tile_count readonly>
#include <selected writeonly>
uniform uint edge_count;

shared uint part[256];

void main() {
    uint lane = gl_LocalInvocationID.x;
    uint first = gl_WorkGroupID.x * 1024u + lane * 4u;
    uint mine = 0u;
    for (uint k = 0u; k < 4u; k++)
        if (first + k < edge_count && is_chosen(first + k)) mine |= 1u << k;
    part[lane] = bitCount(mine);
    barrier();
    for (uint reach = 1u; reach < 256u; reach *= 2u) {  // Hillis & Steele 1986
        uint left = lane >= reach ? part[lane - reach] : 0u;
        barrier();
        part[lane] += left;
        barrier();
    }
    uint place = tile_count[gl_WorkGroupID.x] + part[lane] - bitCount(mine);
    for (uint k = 0u; k < 4u; k++)
        if ((mine & (1u << k)) != 0u) selected[place++] = first + k;
}
