// Whether a weight is drawn: where it is strong enough, or belongs to the neuron in focus.
#include "include/edge_tile.glsl"
#include "include/focus.glsl"
#include "include/strength.glsl"
#include <edge_range readonly>
uniform int only_layer;  // weights that leave another layer are left out; -1: none are

const float LEAST_OWN = 0.02;  // of the strongest of the neuron in focus

// Whether it is drawn as a ribbon, and whether as a hair.
bvec2 drawn_as(uint edge, Matrix matrix, EdgeRangeItem range) {
    if (only_layer >= 0 && matrix.layer != uint(only_layer)) return bvec2(false);
    float size = abs(signed_strength(edge, matrix));
    if (range.own > 0.0 && size > LEAST_OWN * range.own && is_own(ends_of(edge, matrix)))
        return bvec2(true, false);
    bool seen = size > 0.0 && size >= range.threshold, faint = size < range.hair;
    return bvec2(seen && !faint, seen && faint);
}

// Of a lane's weights, bit by bit, which are drawn as ribbons and which as hairs.
uvec2 drawn_of(Tile tile) {
    EdgeRangeItem range = edge_range[tile.matrix.layer];
    uvec2 drawn = uvec2(0);
    for (uint edge = tile.first; edge < tile.end; edge++)
        drawn |= uvec2(drawn_as(edge, tile.matrix, range)) << edge - tile.first;
    return drawn;
}
