// One direction of a Gaussian blur (nine samples, sigma two texels).
in vec2 v_uv;
uniform sampler2D source;
uniform vec2 direction;  // one texel, times the reach
layout(location = 0) out vec4 out_color;

void main() {
    const float weights[5] = float[5](0.2042, 0.1802, 0.1238, 0.0663, 0.0276);
    vec3 sum = weights[0] * texture(source, v_uv).rgb;
    for (int k = 1; k < 5; k++) {
        sum += weights[k] * (texture(source, v_uv + float(k) * direction).rgb
                             + texture(source, v_uv - float(k) * direction).rgb);
    }
    out_color = vec4(sum, 1);
}
