// The network's answer over the plane of its two inputs: the colours of the classes, mixed by
// probability and darker where it is uncertain, with a line where the answer changes.
// The logarithms are interpolated: across a border they are close to straight, so that the line is
// smooth even where the probability jumps from 0 to 1 between two cells.
#include "include/color.glsl"
#include "include/finite.glsl"
#include <field readonly>
in vec2 v_uv;                  // origin at the top left
uniform ivec2 grid;            // rows, columns
uniform uint first_row;        // of `field`; a row for each output
uniform int outputs;           // one: the probability of class 1 of two
uniform sampler2D categories;  // sRGB, one texel a class
uniform vec3 uncertain_color;  // linear light
uniform vec3 line_color;
uniform vec3 rim_color;
uniform float line_px;
layout(location = 0) out vec4 out_color;

const float STRENGTH = 0.5;   // of the colours; the data lie on them and must stand out
const float LEAST = 1e-6;

float log_probability_at(int class_, ivec2 cell) {
    cell = clamp(cell, ivec2(0), grid.yx - 1);
    uint row = first_row + uint(outputs == 1 ? 0 : class_);
    float p = field[row * uint(grid.x * grid.y) + uint(cell.y * grid.y + cell.x)];
    p = is_finite(p) ? clamp(p, 0.0, 1.0) : 0.0;
    return log(max(outputs == 1 && class_ == 0 ? 1.0 - p : p, LEAST));
}

// Bilinear between the middles of the cells, and on in the same direction up to the border.
float log_probability(int class_, vec2 uv) {
    vec2 at = uv * vec2(grid.yx) - 0.5;
    ivec2 cell = clamp(ivec2(floor(at)), ivec2(0), max(grid.yx - 2, 0));
    vec2 share = at - vec2(cell);
    float top = mix(log_probability_at(class_, cell),
                    log_probability_at(class_, cell + ivec2(1, 0)), share.x);
    float bottom = mix(log_probability_at(class_, cell + ivec2(0, 1)),
                       log_probability_at(class_, cell + ivec2(1, 1)), share.x);
    return mix(top, bottom, share.y);
}

// How far the answer is ahead of the next best, positive on the answer's side of the border.
float lead(ivec2 best, vec2 uv) {
    return log_probability(best.x, uv) - log_probability(best.y, uv);
}

vec3 class_color(int class_) {
    int count = textureSize(categories, 0).x;
    return linear_from_srgb(texelFetch(categories, ivec2(class_ % count, 0), 0).rgb);
}

void main() {
    vec2 right = dFdx(v_uv), down = dFdy(v_uv);
    vec2 px = max(vec2(length(vec2(right.x, down.x)), length(vec2(right.y, down.y))), 1e-6);
    vec2 border = min(v_uv, 1.0 - v_uv) / px;
    float within = min(border.x, border.y);

    ivec2 best = ivec2(0, 1);
    vec2 logs = vec2(-1e9);
    vec3 mixed = vec3(0);
    float total = 0.0;
    for (int class_ = 0; class_ < max(outputs, 2); class_++) {
        float logp = log_probability(class_, v_uv);
        float p = exp(logp);
        mixed += p * class_color(class_);
        total += p;
        if (logp > logs.x) {
            best = ivec2(class_, best.x);
            logs = vec2(logp, logs.x);
        } else if (logp > logs.y) {
            best.y = class_;
            logs.y = logp;
        }
    }
    float certainty = (exp(logs.x) - exp(logs.y)) / max(total, 1e-9);
    vec3 color = mix(uncertain_color, mixed / max(total, 1e-9), STRENGTH * mix(0.2, 1.0, certainty));

    float ahead = lead(best, v_uv);
    vec2 slope = vec2(lead(best, v_uv + right), lead(best, v_uv + down)) - ahead;
    float steepness = length(slope);
    float away_px = steepness > 1e-6 ? ahead / steepness : 1e9;  // flat: no line anywhere
    color = mix(line_color, color, clamp(away_px - 0.5 * line_px + 0.5, 0.0, 1.0));
    color = mix(rim_color, color, clamp(within - line_px + 0.5, 0.0, 1.0));
    float coverage = clamp(within + 0.5, 0.0, 1.0);
    out_color = vec4(color * coverage, coverage);
}
