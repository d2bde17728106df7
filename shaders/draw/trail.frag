// As wide and as bright as the value was large, and fainter the longer ago; what was 0 is a thin
// dark line.  Thinner than a pixel means fainter; several moments in a pixel are averaged.
#include "draw/trail.glsl"
#include "include/box.glsl"
#include "include/color.glsl"
in vec2 v_place;
flat in uint v_neuron;
flat in float v_range;
uniform uint newest;        // row of the ring
uniform uint recorded;
uniform sampler2D palette;  // sRGB, over value -1..1
uniform vec3 track_color;   // linear light; where the value is 0
layout(location = 0) out vec4 out_color;

const float THINNEST = 0.10, QUIETEST = 0.5;  // of the width and presence, where the value is 0
const int TAPS = 12;
const float FAINTEST = 0.25;  // at the far end of a full ring

void main() {
    vec2 px = max(vec2(length(vec2(dFdx(v_place.x), dFdy(v_place.x))),
                       length(vec2(dFdx(v_place.y), dFdy(v_place.y)))), 1e-6);
    Box box = box_around(v_place.x, px.x, TAPS);
    vec3 sum = vec3(0);  // value, |value|, weight
    for (int tap = 0; tap < box.taps; tap++) {
        uint back = uint(box_cell(box, tap, int(recorded)));
        float value = clamp(remembered((newest + moments - back) % moments, v_neuron) / v_range,
                            -1.0, 1.0);
        sum += box_share(box, tap) * vec3(value, abs(value), 1);
    }
    vec2 value = sum.xy / max(sum.z, 1e-9);
    float half_width = mix(THINNEST, 1.0, value.y);
    // How much of the pixel the strip covers, also where it is thinner than the pixel.
    vec2 pixel = v_place.y + vec2(-0.5, 0.5) * px.y;
    float covered = min(pixel.y, half_width) - max(pixel.x, -half_width);
    float age = v_place.x / float(moments);
    float presence = mix(QUIETEST, 1.0, min(2.0 * value.y, 1.0)) * mix(1.0, FAINTEST, age);
    float coverage = clamp(covered / px.y, 0.0, 1.0) * presence;
    if (coverage <= 0.0) discard;
    vec3 color = linear_from_srgb(texture(palette, vec2(0.5 + 0.5 * value.x, 0.5)).rgb);
    color = mix(track_color, color, min(8.0 * value.y, 1.0));
    out_color = vec4(color * coverage, coverage);
}
