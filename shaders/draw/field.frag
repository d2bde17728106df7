// The image of one neuron over its own largest |value|, in a frame that has the neuron's colour.
// Cells have crisp borders, one pixel smooth; smaller than a pixel they are averaged.
#include "draw/field.glsl"
#include "include/box.glsl"
#include "include/color.glsl"
in vec2 v_place;
flat in uint v_tile;
flat in float v_range;
flat in float v_tint;
flat in float v_presence;
uniform sampler2D palette;  // sRGB, over value -1..1
uniform float contrast;     // exponent from relative size to what the palette is asked for
uniform vec3 outline_color; // linear light; a hairline parts tiles that overlap
layout(location = 0) out vec4 out_color;

const float FRAME = 0.07;  // share of half the side
// From afar the eye looks for shapes, not for cells of two or three pixels: then it sees the mean
// over so much.  Cells of eight pixels are shown as they are.
const float SOFT_PX = 3.0, SOFT_CELLS = 2.0;
const int TAPS = 4;  // at most, along each axis

float mean_value(vec2 middle, vec2 width) {
    Box across = box_around(middle.x, width.x, TAPS), down = box_around(middle.y, width.y, TAPS);
    float sum = 0.0, weights = 0.0;
    for (int y = 0; y < down.taps; y++) {
        for (int x = 0; x < across.taps; x++) {
            float share = box_share(across, x) * box_share(down, y);
            ivec2 cell = ivec2(box_cell(across, x, grid.y), box_cell(down, y, grid.x));
            sum += share * cell_value(v_tile, cell);
            weights += share;
        }
    }
    return sum / max(weights, 1e-9);
}

vec3 color_of(float value) {
    return linear_from_srgb(texture(palette, vec2(0.5 + 0.5 * value, 0.5)).rgb);
}

void main() {
    vec2 px = max(vec2(length(vec2(dFdx(v_place.x), dFdy(v_place.x))),
                       length(vec2(dFdx(v_place.y), dFdy(v_place.y)))), 1e-6);
    vec2 within = (1.0 - abs(v_place)) / px;
    float coverage = v_presence * clamp(min(within.x, within.y) + 0.5, 0.0, 1.0);
    if (coverage <= 0.0) discard;
    vec2 inner = 1.0 - max(vec2(FRAME), 2.5 * px);
    vec2 image = vec2(0.5, 0.5) + vec2(0.5, -0.5) * v_place / inner;
    vec2 inside = (inner - abs(v_place)) / px;
    float is_image = clamp(min(inside.x, inside.y) + 0.5, 0.0, 1.0);
    float is_frame = clamp(min(within.x, within.y) - 0.5, 0.0, 1.0);
    vec3 color = mix(outline_color, color_of(v_tint), is_frame);
    if (is_image > 0.0) {
        vec2 cells = vec2(grid.yx);
        vec2 pixel = 0.5 * px / inner * cells;
        vec2 soft = min(SOFT_PX * pixel, SOFT_CELLS) * smoothstep(vec2(0.125), vec2(0.33), pixel);
        float value = mean_value(image * cells, max(pixel, soft));
        float relative = min(abs(value) / v_range, 1.0);
        color = mix(color, color_of(sign(value) * pow(relative, contrast)), is_image);
    }
    out_color = vec4(color * coverage, coverage);
}
