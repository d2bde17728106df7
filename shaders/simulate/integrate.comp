// One step of all neurons: forces to velocity, velocity to coordinate.
// Workgroup (x, g): 256 neurons of group g.  Reads attraction, repulsion, groups;
// writes velocity, coordinate.  Invariant: no step is longer than max_step, nothing but finite
// numbers is written whatever was read, pinned neurons stay.  Twin: core/layout.py.
layout(local_size_x = 256) in;
#include <groups readonly>
#include <coordinate>
#include <velocity>
#include <attraction readonly>
#include <repulsion readonly>
#include <anchor readonly>
#include "include/kick.glsl"
#include "include/finite.glsl"
uniform float attraction_strength;
uniform float repulsion_strength;
uniform float layer_spring;
uniform float anchor_strength;
uniform float gravity;
uniform float momentum;
uniform float rate;
uniform float max_step;

// Towards the layer's plane (z = 0), or the sphere around its centre.
vec3 layer_offset(vec3 y, float shell) {
    if (shell <= 0.0) return vec3(0, 0, y.z);
    float away = length(y);
    return away > 1e-6 ? (1.0 - shell / away) * y : vec3(0, 0, -shell);
}

void main() {
    uint g = gl_WorkGroupID.y, i = groups[g].start + gl_GlobalInvocationID.x;
    if (i >= groups[g].end || coordinate[i].w == 0.0) return;
    vec3 y = coordinate[i].xyz;
    float count = float(groups[g].end - groups[g].start);
    float per_pair = count / max(groups[g].partition_sum, 1e-12);
    vec3 force = 4.0 * (attraction_strength * attraction[i].xyz
                        + repulsion_strength * per_pair * repulsion[i].xyz);
    force -= gravity * y + layer_spring * layer_offset(y, groups[g].shell);
    float height = anchor[i].x / max(groups[g].scale, 1e-6);
    force.y += anchor_strength * anchor[i].y * (height - y.y);
    // Neither does the whole turn, nor (below) does it drift.
    vec3 going = velocity[i].xyz - cross(groups[g].spin.xyz, y - groups[g].mean);
    vec3 step_taken = momentum * going + rate * force;
    if (!is_finite(step_taken)) step_taken = vec3(0);
    float size = length(step_taken);
    if (size > max_step) step_taken *= max_step / size;
    y += step_taken - groups[g].mean;
    if (!is_finite(y)) y = 100.0 * kick(i, i + 1u);
    velocity[i] = vec4(step_taken, 0);
    coordinate[i] = vec4(y, 1);
}
