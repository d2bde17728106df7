// Counts the strengths of all weights in bins, layer by layer.
// Reads weight, activation, gradient; adds to histogram[layer * BINS + bin], which must start as
// zeros.  Invariant: the counts of a layer add up to its number of weights.
layout(local_size_x = 256) in;
#include "include/edge_tile.glsl"
#include "include/strength.glsl"
#include <histogram>
uniform uint tiles;

void main() {
    for (uint number = gl_WorkGroupID.x; number < tiles; number += gl_NumWorkGroups.x) {
        Tile tile = tile_of(number, gl_LocalInvocationID.x);
        for (uint edge = tile.first; edge < tile.end; edge++) {
            uint bin = bin_of(abs(signed_strength(edge, tile.matrix)));
            atomicAdd(histogram[tile.matrix.layer * BINS + bin], 1u);
        }
    }
}
