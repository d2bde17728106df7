// Writes the numbers of the weights that are drawn: ribbons ascending from the front of `selected`,
// hairs from its end.  One workgroup a tile of 1024.
// Reads tile_count (where the tile begins); writes selected.
layout(local_size_x = 256) in;
#include "include/chosen.glsl"
#include <tile_count readonly>
#include <selected writeonly>
uniform uint edge_count;

// Ribbons in the low half, hairs in the high one.
shared uint part[256];
shared uint row[16];

void main() {
    uint lane = gl_LocalInvocationID.x, number = gl_WorkGroupID.x;
    Tile tile = tile_of(number, lane);
    uvec2 drawn = drawn_of(tile);
    uint mine = bitCount(drawn.x) | bitCount(drawn.y) << 16;
    part[lane] = mine;
    barrier();
    // In two steps of sixteen: each barrier costs a software driver as much as many additions.
    if (lane < 16u) {
        uint sum = 0u;
        for (uint k = 0u; k < 16u; k++) sum += part[16u * lane + k];
        row[lane] = sum;
    }
    barrier();
    uint before = 0u;
    for (uint k = 0u; k < lane / 16u; k++) before += row[k];
    for (uint k = lane & ~15u; k < lane; k++) before += part[k];
    uint ribbon = tile_count[2u * number] + (before & 0xffffu);
    uint hair = edge_count - 1u - tile_count[2u * number + 1u] - (before >> 16);
    for (uint k = 0u; k < 4u; k++) {
        if ((drawn.x & (1u << k)) != 0u) selected[ribbon++] = tile.first + k;
        if ((drawn.y & (1u << k)) != 0u) selected[hair--] = tile.first + k;
    }
}
