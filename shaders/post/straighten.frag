// From premultiplied colour to the straight colour and alpha that png files hold.
noperspective in vec2 v_uv;
uniform sampler2D source;
layout(location = 0) out vec4 out_color;

void main() {
    vec4 color = texelFetch(source, ivec2(gl_FragCoord.xy), 0);
    // What rounds to no alpha at all is nothing.
    out_color = color.a < 0.5 / 255.0 ? vec4(0) : vec4(color.rgb / color.a, color.a);
}
