// A comet: bright at its head, which is round, fading along its tail.  Writes premultiplied linear
// colour; more than white glows.
noperspective in float v_across;
noperspective in float v_ahead;
noperspective in float v_along;
flat in vec3 v_color;
noperspective in float v_amount;
uniform float most;  // that it may amount to
layout(location = 0) out vec4 out_color;

void main() {
    float inside = max(1.0 - v_across * v_across - v_ahead * v_ahead, 0.0);
    float amount = min(v_amount * inside * inside * v_along * v_along, most);
    out_color = vec4(v_color * amount, min(amount, 1.0));
}
