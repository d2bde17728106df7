// Exclusive prefix sum within tiles of 4096, in place, and the total of each tile.
// Workgroup x: one tile.
layout(local_size_x = 256) in;
#include <scanned>
#include <scan_total writeonly>
uniform uint length;

shared uint part[256];

void main() {
    uint lane = gl_LocalInvocationID.x;
    uint first = min(gl_WorkGroupID.x * TILE + lane * (TILE / 256u), length);
    uint last = min(first + TILE / 256u, length);
    uint mine = 0u;
    for (uint k = first; k < last; k++) mine += scanned[k];
    part[lane] = mine;
    barrier();
    for (uint reach = 1u; reach < 256u; reach *= 2u) {
        uint behind = lane >= reach ? part[lane - reach] : 0u;
        barrier();
        part[lane] += behind;
        barrier();
    }
    uint before = part[lane] - mine;
    for (uint k = first; k < last; k++) {
        uint count = scanned[k];
        scanned[k] = before;
        before += count;
    }
    if (lane == 255u) scan_total[gl_WorkGroupID.x] = part[255];
}
