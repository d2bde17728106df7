// How strong a weight is: |weight|, or |weight x activation| of the neuron it leaves.
#include "include/finite.glsl"
#include "include/layers.glsl"
#include <weight readonly>
#include <activation readonly>
uniform bool by_contribution;

// Signed: what the edge adds to the neuron it enters.
float signed_strength(uint edge, uint layer) {
    float value = weight[edge];
    if (by_contribution) value *= activation[ends_of_edge(edge, layer).x];
    return is_finite(value) ? value : 0.0;  // a NaN draws nothing
}

// Strengths are counted in bins of a sixteenth of an octave, from 2^-24 to 2^8.
const uint BINS = 512u;

uint bin_of(float strength) {
    return uint(clamp((log2(max(strength, 1e-30)) + 24.0) * 16.0, 0.0, float(BINS - 1u)));
}

float strength_of_bin(uint bin) {  // its lower border
    return exp2(float(bin) / 16.0 - 24.0);
}
