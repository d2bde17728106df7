// The largest |value| of each layer over the whole ring, when one moment of it is new: that
// moment's maximum takes its place among the others' maxima, and the largest of all follows.
// One workgroup a layer.  Reads history; writes history_range, [moments + 1, layers].
// Invariant: what is written last is positive and finite, so that dividing by it is safe.
layout(local_size_x = 256) in;
#include "draw/trail.glsl"
#include <history_range>
uniform uint moment;

shared float part[256];

float largest_of(float mine, uint lane) {
    barrier();
    part[lane] = mine;
    barrier();
    for (uint half_count = 128u; half_count > 0u; half_count /= 2u) {
        if (lane < half_count) part[lane] = max(part[lane], part[lane + half_count]);
        barrier();
    }
    return part[0];
}

void main() {
    uint lane = gl_LocalInvocationID.x, column = gl_WorkGroupID.x, columns = gl_NumWorkGroups.x;
    uint start = layers[first_layer + column].neuron_start;
    uint end = start + layers[first_layer + column].neuron_count;
    float mine = 0.0;
    for (uint i = start + lane; i < end; i += 256u) mine = max(mine, abs(remembered(moment, i)));
    float newest = largest_of(mine, lane);

    mine = max(newest, 1e-20);
    for (uint m = lane; m < moments; m += 256u) {
        if (m != moment) mine = max(mine, history_range[m * columns + column]);
    }
    float largest = largest_of(mine, lane);
    if (lane == 0u) {
        history_range[moment * columns + column] = newest;
        history_range[moments * columns + column] = largest;
    }
}
