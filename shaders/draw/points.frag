// A disc in the colour of its class with a dark outline; a bright ring between two dark ones.
#include "include/color.glsl"
in vec2 v_place_px;
flat in float v_radius_px;
flat in float v_faintness;
flat in int v_class;
uniform sampler2D categories;  // sRGB, one texel a class
uniform vec3 outline_color;    // linear light
uniform vec3 ring_color;
layout(location = 0) out vec4 out_color;

void main() {
    float away = length(v_place_px);
    bool ring = v_class < 0;
    float outline = clamp(0.28 * v_radius_px, 0.6, 3.0);
    // Distance to the border, positive inside.
    float line = ring ? 0.16 * v_radius_px : 0.0;
    float within = ring ? line + outline - abs(away - v_radius_px) : v_radius_px - away;
    float coverage = v_faintness * clamp(within + 0.5, 0.0, 1.0);
    if (coverage <= 0.0) discard;
    int count = textureSize(categories, 0).x;
    vec3 color = ring ? ring_color
        : linear_from_srgb(texelFetch(categories, ivec2(v_class % count, 0), 0).rgb);
    color = mix(outline_color, color, clamp(within - outline + 0.5, 0.0, 1.0));
    out_color = vec4(color * coverage, coverage);
}
