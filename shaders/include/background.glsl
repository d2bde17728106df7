// A soft gradient from the middle of the frame to its border.
uniform vec3 background_center;  // linear
uniform vec3 background_border;
uniform float aspect;

vec3 background(vec2 uv) {
    vec2 from_center = (uv - 0.5) * vec2(aspect, 1.0);
    float share = min(dot(from_center, from_center) / 0.7, 1.0);
    return mix(background_center, background_border, share * (2.0 - share));
}
