// Pulls every pixel's value from the activations of the input neurons, row by row.
#include "include/color.glsl"
#include <activation readonly>
in vec2 v_uv;
uniform uint first_neuron;
uniform ivec3 grid;  // rows, columns, channels
layout(location = 0) out vec4 out_color;

void main() {
    vec2 cell = v_uv * vec2(grid.yx);
    ivec2 at = clamp(ivec2(cell), ivec2(0), grid.yx - 1);
    uint pixel = first_neuron + uint((at.y * grid.y + at.x) * grid.z);
    vec3 value = vec3(activation[pixel]);
    if (grid.z >= 3) value = vec3(activation[pixel], activation[pixel + 1u], activation[pixel + 2u]);
    value = clamp(value, 0.0, 1.0);
    // A gap between the cells, as wide as the pixels allow and gone where they do not.
    vec2 width = fwidth(cell);
    vec2 border = 0.5 - abs(fract(cell) - 0.5);
    vec2 inside = smoothstep(vec2(0.0), max(vec2(0.06), width), border);
    float gap = mix(1.0, inside.x * inside.y, clamp(0.35 / max(width.x, width.y) - 0.6, 0.0, 1.0));
    vec3 dark = vec3(0.016, 0.021, 0.036), bright = vec3(0.95, 0.96, 1.0);
    vec3 color = mix(dark, bright, value) * mix(0.55, 1.0, gap);
    vec2 frame = min(v_uv, 1.0 - v_uv) * vec2(grid.yx);
    vec2 rim = 1.0 - smoothstep(vec2(0.0), max(1.5 * width, vec2(0.08)), frame);
    color = mix(color, vec3(0.16, 0.19, 0.26), max(rim.x, rim.y));
    out_color = vec4(color, 1);
}
