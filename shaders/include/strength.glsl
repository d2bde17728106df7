// How strong a weight is: by itself, by what it carries forward, or by what it carries back.
#include "include/finite.glsl"
#include "include/layers.glsl"
#include <weight readonly>
#include <activation readonly>
#include <gradient readonly>
uniform int strength_kind;  // as selection.Strength

const int WEIGHT = 0, CONTRIBUTION = 1, BACKWARD = 2;

// Signed: what the edge adds to the neuron it enters, or to the gradient of the one it leaves.
float signed_strength(uint edge, Matrix matrix) {
    float value = weight[edge];
    if (strength_kind == CONTRIBUTION) value *= activation[ends_of(edge, matrix).x];
    if (strength_kind == BACKWARD) value *= gradient[ends_of(edge, matrix).y];
    return is_finite(value) ? value : 0.0;  // a NaN draws nothing
}

// Strengths are counted in bins of a sixteenth of an octave, from 2^-24 to 2^8.
const uint BINS = 512u;

uint bin_of(float size) {
    return uint(clamp((log2(max(size, 1e-30)) + 24.0) * 16.0, 0.0, float(BINS - 1u)));
}

float strength_of_bin(uint bin) {  // its lower border
    return exp2(float(bin) / 16.0 - 24.0);
}
