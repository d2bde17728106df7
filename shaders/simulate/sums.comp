// Sums over a group: the partition function, the mean coordinate, and from the mean square
// the scale at which the group fills its disc.  One workgroup a group, a fixed tree of sums,
// so that every run adds in the same order.  Reads coordinate, repulsion; writes groups.
layout(local_size_x = 256) in;
#include <groups>
#include <coordinate readonly>
#include <repulsion readonly>
uniform float follow;  // 1 takes the new scale at once, less follows it smoothly

shared vec4 mean_part[256];  // w: partition function
shared float square_part[256];

void main() {
    uint lane = gl_LocalInvocationID.x, g = gl_WorkGroupID.x;
    uint start = groups[g].start, end = groups[g].end;
    float count = max(float(end - start), 1.0);
    vec3 center = groups[g].mean;  // of the step before: near enough to keep the squares small
    vec4 sum = vec4(0);
    float square = 0.0;
    for (uint i = start + lane; i < end; i += 256u) {
        sum += vec4(coordinate[i].xyz, repulsion[i].w);
        vec3 off = coordinate[i].xyz - center;
        square += dot(off, off);
    }
    mean_part[lane] = sum;
    square_part[lane] = square;
    barrier();
    for (uint half_count = 128u; half_count > 0u; half_count /= 2u) {
        if (lane < half_count) {
            mean_part[lane] += mean_part[lane + half_count];
            square_part[lane] += square_part[lane + half_count];
        }
        barrier();
    }
    if (lane > 0u) return;
    groups[g].mean = mean_part[0].xyz / count;
    groups[g].partition_sum = mean_part[0].w;
    if (groups[g].radius > 0.0) {
        // A full disc of radius R has the root mean square R / sqrt(2).
        float spread = max(1.5 * sqrt(square_part[0] / count), 1e-6);
        float target = groups[g].radius / spread;
        groups[g].scale += (groups[g].scale > 0.0 ? follow : 1.0) * (target - groups[g].scale);
    }
}
