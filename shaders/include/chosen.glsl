// Whether a weight is strong enough to be drawn.
#include "include/strength.glsl"
#include <layer_range readonly>

bool is_chosen(uint edge) {
    uint layer = layer_of_edge(edge);
    float strength = abs(signed_strength(edge, layer));
    return strength > 0.0 && strength >= layer_range[layer].threshold;
}
