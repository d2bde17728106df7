// Finds, for every layer, the strength above which lies the wanted share of the energy
// (sum of squares), and the greatest strength.  One invocation a layer.
// Reads histogram; writes layer_range.threshold and .strength.
layout(local_size_x = 1) in;
#include "include/strength.glsl"
#include <histogram readonly>
#include <layer_range>
uniform float energy_share;
uniform float follow;  // 1 takes the new values at once, less follows them smoothly

float energy_of_bin(uint layer, uint bin) {
    float middle = strength_of_bin(bin) * 1.022;  // 2^(1/32)
    return float(histogram[layer * BINS + bin]) * middle * middle;
}

void main() {
    uint layer = gl_WorkGroupID.x;
    float total = 0.0;
    uint top = 0u;
    for (uint bin = 0u; bin < BINS; bin++) {
        total += energy_of_bin(layer, bin);
        if (histogram[layer * BINS + bin] > 0u) top = bin;
    }
    float above = 0.0;
    uint lowest = top;
    while (lowest > 0u) {
        above += energy_of_bin(layer, lowest);
        if (above >= energy_share * total) break;
        lowest--;
    }
    float threshold = energy_share >= 1.0 ? 0.0 : strength_of_bin(lowest);
    float strength = strength_of_bin(top + 1u);
    layer_range[layer].threshold += follow * (threshold - layer_range[layer].threshold);
    layer_range[layer].strength += follow * (strength - layer_range[layer].strength);
}
