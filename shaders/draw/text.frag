// Coverage from the atlas times the text's colour (sRGB: text is laid over the finished frame).
in vec2 v_texel;
flat in vec4 v_color;
uniform sampler2D atlas;
layout(location = 0) out vec4 out_color;

void main() {
    float alpha = texture(atlas, v_texel).r * v_color.a;
    out_color = vec4(v_color.rgb * alpha, alpha);
}
