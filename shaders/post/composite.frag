// Puts the frame together: background, solid things, the weights' light, glow; then sRGB, 8 bit.
#include "include/edge_light.glsl"
#include "include/color.glsl"
in vec2 v_uv;
uniform sampler2D scene;   // premultiplied, linear
uniform sampler2D light;   // positive and negative, apart
uniform sampler2D glow;
uniform float glow_strength;
uniform vec3 background_center;  // linear
uniform vec3 background_border;
uniform float aspect;
layout(location = 0) out vec4 out_color;

// Interleaved gradient noise (Jimenez 2014): breaks the bands of a dark gradient in 8 bits.
float dither(vec2 px) {
    return fract(52.9829189 * fract(dot(px, vec2(0.06711056, 0.00583715))));
}

void main() {
    vec2 from_center = (v_uv - 0.5) * vec2(aspect, 1.0);
    vec3 color = mix(background_center, background_border, smoothstep(0.0, 0.9, length(from_center)));
    ivec2 pixel = ivec2(gl_FragCoord.xy);
    vec4 solid = texelFetch(scene, pixel, 0);
    color = color * (1.0 - solid.a) + solid.rgb;
    vec4 edges = edge_light(texelFetch(light, pixel, 0).rg);
    color = color * (1.0 - 0.6 * edges.a) + edges.rgb * edges.a;
    vec3 halo = glow_strength * texture(glow, v_uv).rgb;
    color += halo * (1.0 - clamp(color, 0.0, 1.0));  // screen: never past white
    vec3 srgb = srgb_from_linear(color);
    out_color = vec4(srgb + (dither(gl_FragCoord.xy) - 0.5) / 255.0, 1);
}
