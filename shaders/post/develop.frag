// Develops the light that the samples of a frame have added up to.
#include "include/develop.glsl"
noperspective in vec2 v_uv;
uniform sampler2D sum;  // linear light and coverage
uniform float samples;
layout(location = 0) out vec4 out_color;

void main() {
    vec4 mean = texelFetch(sum, ivec2(gl_FragCoord.xy), 0) / samples;
    out_color = developed(mean.rgb, mean.a, v_uv);
}
