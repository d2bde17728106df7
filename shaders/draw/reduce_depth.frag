// The nearest depth of REDUCTION x REDUCTION pixels, and no light yet.
uniform sampler2D depth;
layout(location = 0) out vec2 out_light;

void main() {
    ivec2 first = REDUCTION * ivec2(gl_FragCoord.xy), last = textureSize(depth, 0) - 1;
    float nearest = 1.0;
    for (int k = 0; k < REDUCTION * REDUCTION; k++) {
        ivec2 pixel = min(first + ivec2(k % REDUCTION, k / REDUCTION), last);
        nearest = min(nearest, texelFetch(depth, pixel, 0).r);
    }
    gl_FragDepth = nearest;
    out_light = vec2(0);
}
