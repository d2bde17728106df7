// Pulls every pixel's value from the activations of the input neurons, row by row.
#include "include/color.glsl"
#include <activation readonly>
#include <tint readonly>
#include <second_tint readonly>
in vec2 v_uv;
uniform uint first_neuron;
uniform ivec3 grid;      // rows, columns, channels
uniform vec3 cell_low;   // linear: of a grey pixel at 0
uniform vec3 cell_high;  // and at 1
uniform vec3 rim_color;
uniform bool two;  // two inputs at once, a colour each; mixed where both are
uniform vec3 first_color;
uniform vec3 second_color;
layout(location = 0) out vec4 out_color;

vec3 color_of_two(uint pixel) {
    vec2 share = clamp(abs(vec2(tint[pixel], second_tint[pixel])), 0.0, 1.0);
    vec3 mixed = (share.x * first_color + share.y * second_color) / max(share.x + share.y, 1e-6);
    return mix(cell_low, mixed, max(share.x, share.y));
}

void main() {
    vec2 cell = v_uv * vec2(grid.yx);
    ivec2 at = clamp(ivec2(cell), ivec2(0), grid.yx - 1);
    uint pixel = first_neuron + uint((at.y * grid.y + at.x) * grid.z);
    vec3 color = mix(cell_low, cell_high, clamp(activation[pixel], 0.0, 1.0));
    if (grid.z >= 3) {  // colours are not turned round where grey is ink on paper
        vec3 value = vec3(activation[pixel], activation[pixel + 1u], activation[pixel + 2u]);
        color = mix(min(cell_low, cell_high), max(cell_low, cell_high), clamp(value, 0.0, 1.0));
    }
    if (two) color = color_of_two(pixel);
    // A gap between the cells, as wide as the pixels allow and gone where they do not.
    vec2 width = fwidth(cell);
    vec2 border = 0.5 - abs(fract(cell) - 0.5);
    vec2 inside = smoothstep(vec2(0.0), max(vec2(0.06), width), border);
    float gap = mix(1.0, inside.x * inside.y, clamp(0.35 / max(width.x, width.y) - 0.6, 0.0, 1.0));
    color = mix(cell_low, color, mix(0.55, 1.0, gap));
    vec2 frame = min(v_uv, 1.0 - v_uv) * vec2(grid.yx);
    vec2 rim = 1.0 - smoothstep(vec2(0.0), max(1.5 * width, vec2(0.08)), frame);
    out_color = vec4(mix(color, rim_color, max(rim.x, rim.y)), 1);
}
