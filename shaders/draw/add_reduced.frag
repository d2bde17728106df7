// Adds what was drawn at a REDUCTION of the frame's size: between texels interpolated, but without
// those where something nearer than the pixel hid the light, which would throw a dark border
// (Kopf et al. 2007, "Joint bilateral upsampling").
uniform sampler2D light;
uniform sampler2D nearest_depth;  // of the pixels of a texel
uniform sampler2D depth;
layout(location = 0) out vec2 out_light;

const float NEARER = 1.03;  // ratio of distances

void main() {
    float nearness = 1.0 - texelFetch(depth, ivec2(gl_FragCoord.xy), 0).r;  // as 1 / distance
    vec2 place = gl_FragCoord.xy / float(REDUCTION) - 0.5;
    ivec2 first = ivec2(floor(place)), last = textureSize(light, 0) - 1;
    vec2 share = place - floor(place);
    vec3 sum = vec3(0);
    for (int k = 0; k < 4; k++) {
        ivec2 corner = ivec2(k & 1, k >> 1), texel = clamp(first + corner, ivec2(0), last);
        vec2 weights = mix(1.0 - share, share, vec2(corner));
        float its_nearness = 1.0 - texelFetch(nearest_depth, texel, 0).r;
        float weight = weights.x * weights.y * (its_nearness > NEARER * nearness ? 1e-3 : 1.0);
        sum += weight * vec3(texelFetch(light, texel, 0).rg, 1);
    }
    out_light = sum.xy / sum.z;
}
