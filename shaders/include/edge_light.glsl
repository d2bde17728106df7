// From the summed light of positive (p) and negative (n) weights to one colour: brightness by
// density, 1 - exp(-(p + n)), so that overlap does not burn out; hue by (p - n) / (p + n) over a
// pale neutral, so that opposite signs do not add up to magenta.
uniform vec3 positive_color;  // linear light
uniform vec3 negative_color;
uniform vec3 neutral_color;

vec4 edge_light(vec2 light) {
    float density = light.x + light.y;
    if (!(density > 0.0)) return vec4(0);
    float balance = (light.x - light.y) / density;
    vec3 hue = mix(neutral_color, balance > 0.0 ? positive_color : negative_color, sqrt(abs(balance)));
    return vec4(hue, 1.0 - exp(-density));
}
