// Finds, for every layer, the strength above which lies the wanted share of the energy
// (sum of squares), and the greatest strength.  One invocation a layer.
// Also how much light all of those would give together, and so how far to hold it back.
// Reads histogram; writes layer_range.threshold, .strength and .exposure.
layout(local_size_x = 1) in;
#include "include/strength.glsl"
#include <histogram readonly>
#include <layer_range>
uniform float energy_share;
uniform float contrast;  // as in draw/edges.vert
uniform float follow;  // 1 takes the new values at once, less follows them smoothly

// Ribbons at full light that a layer bears before it is held back.
const float ENOUGH_LIGHT = 250.0;

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
    float strength = strength_of_bin(top + 1u);
    float above = 0.0, light = 0.0;
    uint lowest = top;
    while (lowest > 0u) {
        above += energy_of_bin(layer, lowest);
        light += float(histogram[layer * BINS + lowest])
                 * pow(strength_of_bin(lowest) / strength, contrast);
        if (above >= energy_share * total) break;
        lowest--;
    }
    // Drivers round log2 and exp2 as they please: the bin's own border must not be left out.  The
    // lowest bin holds everything that is weaker still.
    bool every = energy_share >= 1.0 || lowest == 0u;
    float threshold = every ? 0.0 : 0.9999 * strength_of_bin(lowest);
    float exposure = min(pow(ENOUGH_LIGHT / max(light, 1.0), 0.75), 1.0);
    layer_range[layer].exposure += follow * (exposure - layer_range[layer].exposure);
    layer_range[layer].threshold += follow * (threshold - layer_range[layer].threshold);
    layer_range[layer].strength += follow * (strength - layer_range[layer].strength);
}
