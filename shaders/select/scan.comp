// Turns the counts of the tiles into where each tile begins, and writes the draw command.
// One workgroup; exclusive prefix sum, in order, so that the picture is the same each run.
layout(local_size_x = 256) in;
#include <tile_count>
#include <draw_command>
uniform uint tiles;

shared uint part[256];

void main() {
    uint lane = gl_LocalInvocationID.x;
    uint share = (tiles + 255u) / 256u;
    uint first = min(lane * share, tiles), last = min(first + share, tiles);
    uint mine = 0u;
    for (uint tile = first; tile < last; tile++) mine += tile_count[tile];
    part[lane] = mine;
    barrier();
    uint before = 0u;
    for (uint other = 0u; other < lane; other++) before += part[other];
    for (uint tile = first; tile < last; tile++) {
        uint count = tile_count[tile];
        tile_count[tile] = before;
        before += count;
    }
    if (lane == 255u) {
        draw_command[0].vertex_count = before * 6u;
        draw_command[0].instance_count = 1u;
        draw_command[0].first = 0u;
        draw_command[0].base_instance = 0u;
    }
}
