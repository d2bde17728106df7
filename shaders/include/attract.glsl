// How a neuron's neighbours draw it.  Needs <coordinate>.
#include <neighbor readonly>
#include <affinity readonly>
uniform uint neighbor_count;

vec3 attract(uint i, vec3 here) {
    vec3 sum = vec3(0);
    for (uint k = i * neighbor_count; k < (i + 1u) * neighbor_count; k++) {
        if (affinity[k] <= 0.0) continue;
        vec3 apart = coordinate[neighbor[k]].xyz - here;
        sum += affinity[k] / (1.0 + dot(apart, apart)) * apart;
    }
    return sum;
}
