// The two forces between neurons, as in t-SNE (van der Maaten & Hinton 2008):
//   attraction_i = sum over neighbours j of  p_ij w_ij (y_j - y_i)
//   repulsion_i  = sum over the group's j of w_ij^2 (y_i - y_j),   w_ij = 1 / (1 + |y_i - y_j|^2)
// and in repulsion.w the neuron's part of the partition function, sum of w_ij.
// Workgroup (x, g): 256 neurons of group g.  Reads coordinate, neighbor, affinity.
// Invariant: with symmetric p both forces add up to zero over a group.  Twin: core/layout.py.
layout(local_size_x = 256) in;
#include <groups readonly>
#include <coordinate readonly>
#include <attraction writeonly>
#include <repulsion writeonly>
#include "include/attract.glsl"
#include "include/repel.glsl"

#if TILED
shared vec3 tile[256];
#endif

void main() {
    uint start = groups[gl_WorkGroupID.y].start, end = groups[gl_WorkGroupID.y].end;
    if (start + gl_WorkGroupID.x * 256u >= end) return;  // the whole workgroup leaves together
    uint i = start + gl_GlobalInvocationID.x;
    vec3 here = i < end ? coordinate[i].xyz : vec3(0);
    bool moves = i < end && coordinate[i].w > 0.0;
    vec4 push = vec4(0);
#if TILED
    for (uint base = start; base < end; base += 256u) {
        uint mine = base + gl_LocalInvocationID.x;
        tile[gl_LocalInvocationID.x] = mine < end ? coordinate[mine].xyz : vec3(0);
        barrier();
        for (uint k = 0u; k < min(256u, end - base); k++) repel(i, here, base + k, tile[k], push);
        barrier();
    }
#else
    if (moves)
        for (uint j = start; j < end; j++) repel(i, here, j, coordinate[j].xyz, push);
#endif
    if (i >= end) return;
    repulsion[i] = moves ? push : vec4(0);
    attraction[i] = moves ? vec4(attract(i, here), 0) : vec4(0);
}
