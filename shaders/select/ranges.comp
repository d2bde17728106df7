// Measures every layer: the largest |activation| and the largest update of its neurons.
// One workgroup a layer.  Reads activation, update; writes layer_range.
// Invariant: both are positive and finite, so that dividing by them is safe.
layout(local_size_x = 256) in;
#include "include/finite.glsl"
#include "include/layers.glsl"
#include <activation readonly>
#include <update readonly>
#include <layer_range>

shared vec2 part[256];

void main() {
    uint lane = gl_LocalInvocationID.x, layer = gl_WorkGroupID.x;
    uint start = layers[layer].neuron_start, end = start + layers[layer].neuron_count;
    vec2 largest = vec2(1e-20);
    for (uint i = start + lane; i < end; i += 256u) {
        vec2 found = vec2(abs(activation[i]), update[i]);
        if (is_finite(found.x)) largest.x = max(largest.x, found.x);
        if (is_finite(found.y)) largest.y = max(largest.y, found.y);
    }
    part[lane] = largest;
    barrier();
    for (uint half_count = 128u; half_count > 0u; half_count /= 2u) {
        if (lane < half_count) part[lane] = max(part[lane], part[lane + half_count]);
        barrier();
    }
    if (lane == 0u) {
        layer_range[layer].activation = part[0].x;
        layer_range[layer].update = part[0].y;
    }
}
