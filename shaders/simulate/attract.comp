// The attraction alone, where another program finds the repulsion; see forces.comp.
// Workgroup (x, g): 256 neurons of group g.  Reads coordinate, neighbor, affinity.
layout(local_size_x = 256) in;
#include <groups readonly>
#include <coordinate readonly>
#include <attraction writeonly>
#include "include/attract.glsl"

void main() {
    uint i = groups[gl_WorkGroupID.y].start + gl_GlobalInvocationID.x;
    if (i >= groups[gl_WorkGroupID.y].end) return;
    bool moves = coordinate[i].w > 0.0;
    attraction[i] = moves ? vec4(attract(i, coordinate[i].xyz), 0) : vec4(0);
}
