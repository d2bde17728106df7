// Embedding to world: a group's plane stands across the network's axis (world x).
// Local x runs along world z, local y along world y, local z along world x.
// Workgroup (x, g): 256 neurons of group g.  Reads coordinate, groups, layers; writes position.
layout(local_size_x = 256) in;
#include <groups readonly>
#include <coordinate readonly>
#include <position writeonly>
#include <layers readonly>

void main() {
    uint g = gl_WorkGroupID.y, i = groups[g].start + gl_GlobalInvocationID.x;
    if (i >= groups[g].end) return;
    vec3 local = groups[g].scale * coordinate[i].xyz;
    position[i] = vec4(layers[g].center.xyz + local.zyx, 1);
}
