// How bright and how wide a weight is drawn.
#include "include/focus.glsl"
#include "include/strength.glsl"
#include <edge_range readonly>
uniform float width_px;   // of the strongest, nominal
uniform float contrast;   // exponent from relative strength to width and light
uniform float light;      // of the strongest
uniform float lift;       // 0..1, how far the weights of the neuron in focus are lifted out

const float DIMMED = 0.12;      // light of the others then
const float OWN_LIGHT = 1.5;    // of the strongest of its own, times `light`
const float OWN_WIDTH = 1.25;

struct Look {
    float light;  // signed
    float width;  // nominal pixels
};

float width_of(float drawn) {
    return width_px * mix(0.2, 1.0, drawn);
}

Look look_of(uint edge, Matrix matrix, uvec2 ends) {
    EdgeRangeItem range = edge_range[matrix.layer];
    float value = signed_strength(edge, matrix);
    float size = abs(value);
    float drawn = pow(clamp(size / max(range.strength, 1e-20), 0.0, 1.0), contrast);
    // What has only just been chosen is faint, so that nothing pops in.
    float entrance = range.threshold > 0.0
        ? smoothstep(0.9, 1.6, size / range.threshold) * 0.8 + 0.2 * float(size >= range.threshold)
        : 1.0;
    Look look = Look(light * drawn * entrance * range.exposure, width_of(drawn));
    if (lift > 0.0) {
        bool own = is_own(ends);
        float among_own = pow(clamp(size / max(range.own, 1e-20), 0.0, 1.0), contrast);
        Look lifted = own ? Look(OWN_LIGHT * light * among_own, OWN_WIDTH * width_of(among_own))
                          : Look(DIMMED * look.light, look.width);
        look = Look(mix(look.light, lifted.light, lift), mix(look.width, lifted.width, lift));
    }
    look.light *= sign(value);
    return look;
}
