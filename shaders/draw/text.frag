// Coverage from the atlas times the text's colour (sRGB: text is laid over the finished frame).
// With HALO, what lies within reach of a glyph: it sets text off from whatever is behind it.
in vec2 v_texel;
flat in vec4 v_color;
uniform sampler2D atlas;
layout(location = 0) out vec4 out_color;

#if HALO
flat in vec4 v_glyph;
flat in float v_reach;

float ink(vec2 texel) {
    bool own = all(greaterThan(texel, v_glyph.xy)) && all(lessThan(texel, v_glyph.zw));
    return own ? texelFetch(atlas, ivec2(texel), 0).r : 0.0;
}

float coverage() {
    float nearest = ink(v_texel);
    for (int k = 0; k < 8; k++) {
        vec2 direction = vec2(cos(0.7853982 * float(k)), sin(0.7853982 * float(k)));
        nearest = max(nearest, ink(v_texel + 0.5 * v_reach * direction));
        nearest = max(nearest, 0.6 * ink(v_texel + v_reach * direction));
    }
    return nearest;
}
#else
float coverage() {
    return texture(atlas, v_texel).r;
}
#endif

void main() {
    float alpha = coverage() * v_color.a;
    out_color = vec4(v_color.rgb * alpha, alpha);
}
