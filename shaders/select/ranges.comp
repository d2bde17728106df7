// Measures every layer: the largest |tint| and |second tint| of its neurons, together.
// One workgroup a layer.  Reads tint, second_tint; writes layer_range.
// Invariant: it is positive and finite, so that dividing by it is safe.
layout(local_size_x = 256) in;
#include "include/finite.glsl"
#include "include/layers.glsl"
#include <tint readonly>
#include <second_tint readonly>
#include <layer_range writeonly>

shared float part[256];

void main() {
    uint lane = gl_LocalInvocationID.x, layer = gl_WorkGroupID.x;
    uint start = layers[layer].neuron_start, end = start + layers[layer].neuron_count;
    float largest = 1e-20;
    for (uint i = start + lane; i < end; i += 256u) {
        if (is_finite(tint[i])) largest = max(largest, abs(tint[i]));
        if (is_finite(second_tint[i])) largest = max(largest, abs(second_tint[i]));
    }
    part[lane] = largest;
    barrier();
    for (uint half_count = 128u; half_count > 0u; half_count /= 2u) {
        if (lane < half_count) part[lane] = max(part[lane], part[lane + half_count]);
        barrier();
    }
    if (lane == 0u) layer_range[layer].tint = part[0];
}
