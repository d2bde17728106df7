// Which layer a weight leaves: the last one whose first weight is not behind it.
#include <layers readonly>
uniform uint layer_count;

uint layer_of_edge(uint edge) {
    uint layer = 0u;
    while (layer + 2u < layer_count && edge >= layers[layer + 1u].edge_start) layer++;
    return layer;
}

// The two ends of a weight; matrices are stored row-major, [input, output].
uvec2 ends_of_edge(uint edge, uint layer) {
    uint within = edge - layers[layer].edge_start;
    uint columns = layers[layer + 1u].neuron_count;
    return uvec2(layers[layer].neuron_start + within / columns,
                 layers[layer + 1u].neuron_start + within % columns);
}
