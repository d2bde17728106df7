// A small push that parts two coincident points: the same for each run, opposite for the two.
// core/layout.py computes the same integers.

// PCG output permutation (Jarzynski & Olano 2020, "Hash functions for GPU rendering").
uint pcg(uint v) {
    uint state = v * 747796405u + 2891336453u;
    uint word = ((state >> ((state >> 28u) + 4u)) ^ state) * 277803737u;
    return (word >> 22u) ^ word;
}

float signed_unit(uint h) {
    return float(h >> 8u) * (2.0 / 16777216.0) - 1.0;
}

const float COINCIDENT = 1e-8;  // squared distance
const float KICK = 1e-2;

vec3 kick(uint i, uint j) {
    uint h = pcg(min(i, j) ^ pcg(max(i, j)));
    uint h2 = pcg(h);
    vec3 direction = vec3(signed_unit(h), signed_unit(h2), signed_unit(pcg(h2)));
    return (i < j ? KICK : -KICK) * direction;
}
