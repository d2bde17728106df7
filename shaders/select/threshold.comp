// Finds, for every layer, the strength above which lies the wanted share of the energy
// (sum of squares), and the greatest strength.  One invocation a layer.
// Also how much light all of those would give together, and so how far to hold it back; which are
// then so faint that they are drawn as hairs; and the greatest that touches the neuron in focus.
// Reads histogram and what strengths are made of; writes edge_range.
layout(local_size_x = 1) in;
#include "include/focus.glsl"
#include "include/strength.glsl"
#include <histogram readonly>
#include <edge_range>
uniform float energy_share;
uniform float contrast;    // as in include/edge_look.glsl
uniform float enough_light;  // ribbons at full light that a layer bears before it is held back
uniform float hair_light;  // fainter ones are drawn as hairs; 0: none are
uniform float follow;      // 1 takes the new values at once, less follows them smoothly
uniform float follow_own;

// Hairs have a cost of their own, which so many ribbons have as well.
const uint LEAST_HAIRS = 3000u;

float energy_of_bin(uint layer, uint bin) {
    float middle = strength_of_bin(bin) * 1.022;  // 2^(1/32)
    return float(histogram[layer * BINS + bin]) * middle * middle;
}

// The strength below which hairs are drawn, 0 if they would be few.
float hair_strength(uint layer, uint lowest, float greatest, float exposure) {
    if (hair_light <= 0.0) return 0.0;
    float relative = pow(min(hair_light / exposure, 1.0), 1.0 / contrast);
    uint count = 0u, end = bin_of(relative * greatest);
    for (uint bin = max(lowest, 1u); bin < end; bin++) count += histogram[layer * BINS + bin];
    return count < LEAST_HAIRS ? 0.0 : relative * greatest;
}

float own_strength(uint layer) {
    Matrix matrix = matrix_leaving(layer);
    uint row = uint(focus) - matrix.sources, column = uint(focus) - matrix.targets;
    uint first, step_size = 1u, end = 0u;
    if (row < layers[layer].neuron_count) {  // it sends: a row of the matrix
        first = matrix.start + row * matrix.columns;
        end = first + matrix.columns;
    } else if (column < matrix.columns) {  // it receives: a column
        first = matrix.start + column;
        end = matrix.end;
        step_size = matrix.columns;
    }
    float greatest = 0.0;
    for (uint edge = first; edge < end; edge += step_size)
        greatest = max(greatest, abs(signed_strength(edge, matrix)));
    return greatest;
}

void main() {
    uint layer = gl_WorkGroupID.x;
    float total = 0.0;
    uint top = 0u;
    for (uint bin = 0u; bin < BINS; bin++) {
        total += energy_of_bin(layer, bin);
        if (histogram[layer * BINS + bin] > 0u) top = bin;
    }
    float greatest = strength_of_bin(top + 1u);
    float above = 0.0, light = 0.0;
    uint lowest = top;
    while (lowest > 0u) {
        above += energy_of_bin(layer, lowest);
        light += float(histogram[layer * BINS + lowest])
                 * pow(strength_of_bin(lowest) / greatest, contrast);
        if (above >= energy_share * total) break;
        lowest--;
    }
    // Drivers round log2 and exp2 as they please: the bin's own border must not be left out.  The
    // lowest bin holds everything that is weaker still.
    bool every = energy_share >= 1.0 || lowest == 0u;
    float threshold = every ? 0.0 : 0.9999 * strength_of_bin(lowest);
    float exposure = min(pow(enough_light / max(light, 1.0), 0.75), 1.0);
    float hair = hair_strength(layer, lowest, greatest, exposure);
    float own = focus < 0 ? 0.0 : own_strength(layer);
    EdgeRangeItem last = edge_range[layer];
    edge_range[layer].exposure = mix(last.exposure, exposure, follow);
    edge_range[layer].threshold = mix(last.threshold, threshold, follow);
    edge_range[layer].strength = mix(last.strength, greatest, follow);
    edge_range[layer].hair = mix(last.hair, hair, follow);
    edge_range[layer].own = mix(last.own, own, follow_own);
}
