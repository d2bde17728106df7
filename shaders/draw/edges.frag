// Adds light: positive weights to red, negative ones to green of a two-channel float target.
// They stay apart until composite.frag makes one colour of them.
noperspective in float v_across;
noperspective in float v_light;
layout(location = 0) out vec2 out_light;

void main() {
    float inside = max(1.0 - v_across * v_across, 0.0);
    float amount = v_light * inside * inside;
    out_light = vec2(max(amount, 0.0), max(-amount, 0.0));
}
