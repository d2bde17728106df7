// Embedding to world: a group's plane stands across the network's axis (world x).
// Local x runs along world z, local y along world y, local z along world x.
// Workgroup (x, g): 256 neurons of group g.  Reads coordinate, groups; writes position.
layout(local_size_x = 256) in;
#include <groups readonly>
#include <coordinate readonly>
#include <position>
uniform float follow;  // 1 puts a neuron there at once, less lets it glide

void main() {
    uint g = gl_WorkGroupID.y, i = groups[g].start + gl_GlobalInvocationID.x;
    if (i >= groups[g].end) return;
    vec3 local = groups[g].scale * coordinate[i].xyz;
    vec3 target = groups[g].center + local.zyx;
    position[i] = vec4(mix(position[i].xyz, target, follow), 1);
}
