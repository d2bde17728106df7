// Turns the counts of the tiles into where each tile begins, and writes the draw commands: of the
// ribbons, of the hairs, and of one triangle if there are hairs.
// One workgroup; exclusive prefix sum, in order, so that the picture is the same each run.
layout(local_size_x = 256) in;
#include <tile_count>
#include <draw_command writeonly>
uniform uint tiles;
uniform uint ribbon_vertices;  // of one weight
uniform uint hair_vertices;

shared uvec2 part[256];

void command(uint number, uint vertices) {
    draw_command[number].vertex_count = vertices;
    draw_command[number].instance_count = 1u;
    draw_command[number].first = 0u;
    draw_command[number].base_instance = 0u;
}

void main() {
    uint lane = gl_LocalInvocationID.x;
    uint share = (tiles + 255u) / 256u;
    uint first = min(lane * share, tiles), last = min(first + share, tiles);
    uvec2 mine = uvec2(0);
    for (uint tile = first; tile < last; tile++)
        mine += uvec2(tile_count[2u * tile], tile_count[2u * tile + 1u]);
    part[lane] = mine;
    barrier();
    uvec2 before = uvec2(0);
    for (uint other = 0u; other < lane; other++) before += part[other];
    for (uint tile = first; tile < last; tile++) {
        uvec2 count = uvec2(tile_count[2u * tile], tile_count[2u * tile + 1u]);
        tile_count[2u * tile] = before.x;
        tile_count[2u * tile + 1u] = before.y;
        before += count;
    }
    if (lane == 255u) {
        command(0u, before.x * ribbon_vertices);
        command(1u, before.y * hair_vertices);
        command(2u, before.y > 0u ? 3u : 0u);
    }
}
