// Puts the frame together: background, solid things, the weights' light, glow.  Either it is
// developed at once, or (SAMPLED) its linear light and coverage are added to those of other samples.
#include "include/edge_light.glsl"
#include "include/develop.glsl"
noperspective in vec2 v_uv;
uniform sampler2D scene;   // premultiplied, linear
uniform sampler2D light;   // positive and negative, apart
uniform float edge_cover;  // how much of what is behind full light it hides
#if GLOW
uniform sampler2D glow;
uniform float glow_strength;
#endif
layout(location = 0) out vec4 out_color;

void main() {
    ivec2 pixel = ivec2(gl_FragCoord.xy);
    vec4 solid = texelFetch(scene, pixel, 0);
    vec4 edges = edge_light(texelFetch(light, pixel, 0).rg);
    float through = 1.0 - edge_cover * edges.a;
    vec3 color = background(v_uv) * (1.0 - solid.a) + solid.rgb;
    color = color * through + edges.rgb * edges.a;
#if GLOW
    vec3 halo = glow_strength * texture(glow, v_uv).rgb;
    color += halo * (1.0 - clamp(color, 0.0, 1.0));  // screen: never past white
#endif
    float cover = 1.0 - (1.0 - solid.a) * through;
#if SAMPLED
    out_color = vec4(clamp(color, 0.0, 1.0), cover);  // one bright sample is no more than white
#else
    out_color = developed(color, cover, v_uv);
#endif
}
