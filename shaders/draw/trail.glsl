// The ring of recent moments: history[moment * neuron_count + neuron], for the neurons from
// `first_neuron` on; the range of a layer is the largest of its row maxima, kept behind them.
#include "include/finite.glsl"
#include "include/layers.glsl"
#include <history readonly>
uniform uint first_neuron;   // that is recorded
uniform uint neuron_count;   // that are recorded
uniform uint first_layer;
uniform uint moments;        // that the ring holds

float remembered(uint moment, uint neuron) {
    float value = history[moment * neuron_count + neuron - first_neuron];
    return is_finite(value) ? value : 0.0;
}
