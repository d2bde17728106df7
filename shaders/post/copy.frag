// Pixel by pixel what is in another texture of the same size; the viewport may lie anywhere.
noperspective in vec2 v_uv;
uniform sampler2D source;
layout(location = 0) out vec4 out_color;

void main() {
    out_color = vec4(texture(source, v_uv).rgb, 1);
}
