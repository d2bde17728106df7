// Counts the chosen weights of every tile of 1024.  One workgroup a tile.
// Writes tile_count.
layout(local_size_x = 256) in;
#include "include/chosen.glsl"
#include <tile_count writeonly>
uniform uint edge_count;

shared uint total;

void main() {
    if (gl_LocalInvocationID.x == 0u) total = 0u;
    barrier();
    uint first = gl_WorkGroupID.x * 1024u + gl_LocalInvocationID.x * 4u;
    uint mine = 0u;
    for (uint edge = first; edge < min(first + 4u, edge_count); edge++) mine += uint(is_chosen(edge));
    atomicAdd(total, mine);
    barrier();
    if (gl_LocalInvocationID.x == 0u) tile_count[gl_WorkGroupID.x] = total;
}
