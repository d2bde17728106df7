// A lit sphere, met by the ray through the pixel; its border is smooth over one pixel.
// Writes premultiplied linear colour, and light in alpha-weighted excess for the glow pass.
#include "include/camera.glsl"
#include "include/color.glsl"
in vec3 v_ray;
flat in vec3 v_center;
flat in float v_radius;
flat in vec2 v_value;
flat in int v_category;
uniform sampler2D palette;     // sRGB, over value -1..1
uniform sampler2D categories;  // sRGB, one texel a category
uniform int coloring;          // as `neurons.Coloring`
uniform vec3 no_category;      // sRGB
uniform vec3 first_color;      // of two inputs that are compared, sRGB
uniform vec3 second_color;
layout(location = 0) out vec4 out_color;

const int BY_VALUE = 0, BY_CATEGORY = 1, BY_TWO = 2;

// A category keeps its hue; the neuron's activity shows as its brightness.  Of two inputs each
// brings its own colour, over the palette's middle where neither excites the neuron.
vec3 surface_color() {
    if (coloring == BY_CATEGORY) {
        if (v_category < 0) return no_category;
        int count = textureSize(categories, 0).x;
        vec3 hue = texelFetch(categories, ivec2(v_category % count, 0), 0).rgb;
        return hue * mix(0.7, 1.0, abs(v_value.x));
    }
    if (coloring == BY_TWO) {
        vec2 share = abs(v_value);
        vec3 none = texture(palette, vec2(0.5)).rgb;
        vec3 mixed = (share.x * first_color + share.y * second_color) / max(share.x + share.y, 1e-6);
        return mix(none, mixed, max(share.x, share.y));
    }
    return texture(palette, vec2(0.5 + 0.5 * v_value.x, 0.5)).rgb;
}

void main() {
    vec3 ray = normalize(v_ray);
    float along = dot(ray, v_center);
    float off = sqrt(max(dot(v_center, v_center) - along * along, 0.0));
    float coverage = clamp((v_radius - off) / max(fwidth(off), 1e-9) + 0.5, 0.0, 1.0);
    if (coverage <= 0.0) discard;
    float depth_inside = sqrt(max(v_radius * v_radius - off * off, 0.0));
    vec3 hit = ray * (along - depth_inside);
    vec3 normal = (hit - v_center) / v_radius;
    vec4 clip = clip_from_view * vec4(hit, 1);
    gl_FragDepth = 0.5 * clip.z / clip.w + 0.5;

    vec3 base = linear_from_srgb(surface_color());
    const vec3 key = normalize(vec3(-0.45, 0.75, 0.6));
    float diffuse = 0.5 + 0.5 * dot(normal, key);
    float facing = max(dot(normal, -ray), 0.0);
    float rim = smoothstep(0.0, 0.45, facing);  // darker towards the border: reads against light
    vec3 lit = base * (0.35 + 0.75 * diffuse * diffuse) * mix(0.25, 1.0, rim);
    lit += 0.10 * pow(max(dot(reflect(ray, normal), key), 0.0), 24.0);
    out_color = vec4(lit * coverage, coverage);
}
