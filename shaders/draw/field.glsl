// What the tiles of one layer show, cell by cell, and how large a tile is in the picture.
#include "include/camera.glsl"
#include "include/finite.glsl"
#include <position readonly>
#include <weight readonly>
#include <activation readonly>
#include <field readonly>
uniform int source;         // as `fields.FieldSource`
uniform ivec3 grid;         // rows, columns, channels
uniform uint first_neuron;  // of the layer
uniform uint neuron_count;
uniform uint first_row;     // of the layer in `field`
uniform float side_world;

const int WEIGHTS = 0, CONTRIBUTION = 1, FIELD = 2;

// Channels are summed: what the neuron makes of a grey pixel, or of the pixel that is shown.
// The weights are the network's first matrix, row-major [input, neuron].
float cell_value(uint tile, ivec2 cell) {
    uint inputs = uint(grid.x * grid.y * grid.z);
    uint pixel = uint((cell.y * grid.y + cell.x) * grid.z);
    float sum = 0.0;
    for (uint k = pixel; k < pixel + uint(grid.z); k++) {
        float value = source == FIELD ? field[(first_row + tile) * inputs + k]
                                      : weight[k * neuron_count + tile];
        sum += source == CONTRIBUTION ? value * activation[k] : value;
    }
    return is_finite(sum) ? sum : 0.0;
}

vec3 tile_center(uint tile) {  // view space
    return (view_from_node * vec4(position[first_neuron + tile].xyz, 1)).xyz;
}

float tile_px(vec3 center) {
    return side_world * 0.5 * viewport_px.y * clip_from_view[1][1] / max(-center.z, 1e-6);
}
