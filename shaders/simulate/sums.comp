// Sums over a group: the partition function, the mean coordinate, how the whole turns, and from the
// mean square the scale at which the group fills its disc.  One workgroup a group, a fixed tree of
// sums, so that every run adds in the same order.
// Reads coordinate, velocity, repulsion; writes groups.
layout(local_size_x = 256) in;
#include <groups>
#include <coordinate readonly>
#include <velocity readonly>
#include <repulsion readonly>
uniform float follow;  // 1 takes the new scale at once, less follows it smoothly

shared vec4 mean_part[256];    // w: partition function
shared vec3 square_part[256];  // of the distance to the mean, axis by axis
shared vec3 turn_part[256];    // angular momentum
shared vec3 going_part[256];   // velocity

void add_up(uint lane) {
    for (uint half_count = 128u; half_count > 0u; half_count /= 2u) {
        if (lane < half_count) {
            mean_part[lane] += mean_part[lane + half_count];
            square_part[lane] += square_part[lane + half_count];
            turn_part[lane] += turn_part[lane + half_count];
            going_part[lane] += going_part[lane + half_count];
        }
        barrier();
    }
}

void main() {
    uint lane = gl_LocalInvocationID.x, g = gl_WorkGroupID.x;
    uint start = groups[g].start, end = groups[g].end;
    float count = max(float(end - start), 1.0);
    vec3 center = groups[g].mean;  // of the step before: near enough to keep the squares small
    mean_part[lane] = vec4(0);
    square_part[lane] = turn_part[lane] = going_part[lane] = vec3(0);
    for (uint i = start + lane; i < end; i += 256u) {
        vec3 off = coordinate[i].xyz - center;
        mean_part[lane] += vec4(coordinate[i].xyz, repulsion[i].w);
        square_part[lane] += off * off;
        turn_part[lane] += cross(off, velocity[i].xyz);
        going_part[lane] += velocity[i].xyz;
    }
    barrier();
    add_up(lane);
    if (lane > 0u) return;
    // From sums about the former mean to sums about this one (Steiner).
    vec3 mean = mean_part[0].xyz / count;
    vec3 squares = max(square_part[0] - count * (mean - center) * (mean - center), 0.0);
    vec3 turn = turn_part[0] - cross(mean - center, going_part[0]);
    float square = squares.x + squares.y + squares.z;
    // The group's axes as principal axes: exact in a plane, near enough in space.
    vec3 inertia = max(square - squares, 1e-12);
    vec3 spin = turn / inertia;
    groups[g].spin = all(lessThan(abs(spin), vec3(1e3))) ? vec4(spin, 0) : vec4(0);
    groups[g].mean = mean;
    groups[g].partition_sum = mean_part[0].w;
    if (groups[g].radius > 0.0) {
        // A full disc of radius R has the root mean square R / sqrt(2).
        float spread = groups[g].shell > 0.0 ? groups[g].shell : 1.5 * sqrt(square / count);
        float target = groups[g].radius / max(spread, 1e-6);
        groups[g].scale += (groups[g].scale > 0.0 ? follow : 1.0) * (target - groups[g].scale);
    }
}
