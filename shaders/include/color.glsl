// Colours are linear light until the last pass.
vec3 linear_from_srgb(vec3 c) {
    return mix(c / 12.92, pow((c + 0.055) / 1.055, vec3(2.4)), step(0.04045, c));
}

// IEC 61966-2-1 within a tenth of 1/255, by two square roots instead of a power.
vec3 srgb_from_linear(vec3 c) {
    c = clamp(c, 0.0, 1.0);
    vec3 root = sqrt(c);
    vec3 curve = -0.077562 + 0.827720 * root + 0.302102 * sqrt(root) - 0.052260 * c;
    return mix(c * 12.92, curve, step(0.0031308, c));
}
