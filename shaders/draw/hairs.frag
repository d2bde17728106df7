// Adds the light of a hair to the two pixels between which it passes, in proportion (Wu 1991,
// "An efficient antialiasing technique").
flat in vec3 v_line;
noperspective in float v_light;
layout(location = 0) out vec2 out_light;

void main() {
    float away = dot(v_line, vec3(gl_FragCoord.xy, 1.0));
    float amount = v_light * max(1.0 - abs(away), 0.0);
    out_light = vec2(max(amount, 0.0), max(-amount, 0.0));
}
