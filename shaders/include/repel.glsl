// What one neuron does to another: the push and the kernel of the Student-t distribution.
#include "include/kick.glsl"

// Adds what j does to i; xyz is the push, w the kernel.
void repel(uint i, vec3 here, uint j, vec3 there, inout vec4 sum) {
    vec3 apart = here - there;
    if (dot(apart, apart) < COINCIDENT) apart = kick(i, j);
    float w = 1.0 / (1.0 + dot(apart, apart));
    if (i != j) sum += vec4(w * w * apart, w);
}
