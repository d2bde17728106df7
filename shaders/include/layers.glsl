// The matrix of weights that a weight belongs to, and the two neurons it joins.
#include <layers readonly>
uniform uint layer_count;

struct Matrix {
    uint layer;                 // that its weights leave
    uint start, end;            // its first weight, and one past its last
    uint sources, targets;      // the first neuron that they leave, and that they enter
    uint columns;               // how many they enter
};

Matrix matrix_leaving(uint layer) {
    uint start = layers[layer].edge_start;
    return Matrix(layer, start, start + layers[layer].edge_count, layers[layer].neuron_start,
                  layers[layer + 1u].neuron_start, layers[layer + 1u].neuron_count);
}

// The last one whose first weight is not behind this one.
Matrix matrix_of(uint edge) {
    uint layer = 0u;
    while (layer + 2u < layer_count && edge >= layers[layer + 1u].edge_start) layer++;
    return matrix_leaving(layer);
}

// Row-major, [source, target].
uvec2 ends_of(uint edge, Matrix matrix) {
    uint within = edge - matrix.start, row = within / matrix.columns;
    return uvec2(matrix.sources + row, matrix.targets + within - row * matrix.columns);
}
