// What glows: the light of the weights and the brightest neurons, at a quarter of the size.
// The mean of 4 x 4 pixels, by four bilinear look-ups.
#include "include/edge_light.glsl"
noperspective in vec2 v_uv;
uniform sampler2D scene;
uniform sampler2D light;
layout(location = 0) out vec4 out_color;

void main() {
    vec2 texel = 1.0 / vec2(textureSize(scene, 0));
    vec3 sum = vec3(0);
    for (int k = 0; k < 4; k++) {
        vec2 uv = v_uv + (vec2(k & 1, k >> 1) * 2.0 - 1.0) * texel;
        vec4 edges = edge_light(texture(light, uv).rg);
        vec3 color = texture(scene, uv).rgb;
        float brightness = max(color.r, max(color.g, color.b));
        sum += edges.rgb * edges.a * edges.a + color * smoothstep(0.35, 1.0, brightness);
    }
    out_color = vec4(0.25 * sum, 1);
}
