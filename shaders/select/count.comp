// Counts, in every tile of 1024 weights, those drawn as ribbons and those drawn as hairs.
// One workgroup a tile.  Writes tile_count[2 * tile + 0, 1].
layout(local_size_x = 256) in;
#include "include/chosen.glsl"
#include <tile_count writeonly>

shared uint ribbons, hairs;

void main() {
    uint lane = gl_LocalInvocationID.x, tile = gl_WorkGroupID.x;
    if (lane == 0u) ribbons = hairs = 0u;
    barrier();
    uvec2 mine = bitCount(drawn_of(tile_of(tile, lane)));
    if (mine.x > 0u) atomicAdd(ribbons, mine.x);
    if (mine.y > 0u) atomicAdd(hairs, mine.y);
    barrier();
    if (lane < 2u) tile_count[2u * tile + lane] = lane == 0u ? ribbons : hairs;
}
