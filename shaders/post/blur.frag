// One direction of a Gaussian blur (nine samples, sigma two texels), two samples a look-up: each
// lies between two texels where the filter of the texture weighs them as the Gaussian does.
noperspective in vec2 v_uv;
uniform sampler2D source;
uniform vec2 direction;  // one texel, times the reach
layout(location = 0) out vec4 out_color;

void main() {
    vec2 near = 1.407 * direction, far = 3.294 * direction;
    vec3 sum = 0.2042 * texture(source, v_uv).rgb;
    sum += 0.3040 * (texture(source, v_uv + near).rgb + texture(source, v_uv - near).rgb);
    sum += 0.0939 * (texture(source, v_uv + far).rgb + texture(source, v_uv - far).rgb);
    out_color = vec4(sum, 1);
}
