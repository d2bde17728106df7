// The bar takes the colour of the neurons at the same value; the track keeps in the background.
#include "include/color.glsl"
in vec2 v_place;
flat in float v_filled;
uniform sampler2D palette;
uniform vec3 track_color;  // linear
layout(location = 0) out vec4 out_color;

void main() {
    float across = abs(v_place.y);
    float coverage = clamp((1.0 - across) / max(fwidth(v_place.y), 1e-6), 0.0, 1.0);
    vec3 color = v_filled < 0.0
        ? track_color
        : linear_from_srgb(texture(palette, vec2(0.5 + 0.5 * v_filled, 0.5)).rgb);
    out_color = vec4(color * coverage, coverage);
}
