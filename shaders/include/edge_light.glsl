// From the summed light of positive (p) and negative (n) weights to one colour: brightness by
// density, 1 - exp(-(p + n)), so that overlap does not burn out; hue by |p - n| / (p + n) over a
// pale neutral, so that opposite signs do not add up to magenta.
uniform float edge_density;   // share of the light that counts
uniform vec3 positive_color;  // linear light
uniform vec3 negative_color;
uniform vec3 neutral_color;

vec4 edge_light(vec2 light) {
    float density = light.x + light.y;
    if (!(density > 0.0)) return vec4(0);  // nor is what is not a number
    float purity = sqrt(max(2.0 * max(light.x, light.y) / density - 1.0, 0.0));
    vec3 sign_color = light.x > light.y ? positive_color : negative_color;
    return vec4(mix(neutral_color, sign_color, purity), 1.0 - exp(-edge_density * density));
}
