// Counts the strengths of all weights in bins, layer by layer.
// Reads weight, activation; adds to histogram[layer * BINS + bin], which must start as zeros.
// Invariant: the counts of a layer add up to its number of weights.
layout(local_size_x = 256) in;
#include "include/strength.glsl"
#include <histogram>
uniform uint edge_count;

void main() {
    uint stride = gl_NumWorkGroups.x * 256u;
    for (uint edge = gl_GlobalInvocationID.x; edge < edge_count; edge += stride) {
        uint layer = layer_of_edge(edge);
        uint bin = bin_of(abs(signed_strength(edge, layer)));
        atomicAdd(histogram[layer * BINS + bin], 1u);
    }
}
