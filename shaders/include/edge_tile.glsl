// Weights are looked at in tiles of up to 1024, four by each of 256 lanes.  All of a tile leave one
// layer, so that what is the same for all of them is looked up once.
#include "include/layers.glsl"

struct Tile {
    Matrix matrix;
    uint first, end;  // this lane's weights
};

Tile tile_of(uint tile, uint lane) {
    uint layer = 0u;
    for (; layer + 2u < layer_count; layer++) {
        uint tiles = (layers[layer].edge_count + 1023u) / 1024u;
        if (tile < tiles) break;
        tile -= tiles;
    }
    Matrix matrix = matrix_leaving(layer);
    uint first = matrix.start + 1024u * tile + 4u * lane;
    return Tile(matrix, first, min(first + 4u, matrix.end));
}
