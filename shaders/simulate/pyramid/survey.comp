// How many neurons lie in each of the few cells of the survey.
// Workgroup (x, g): 256 neurons of group g.  Reads coordinate, grids; writes survey.
layout(local_size_x = 256) in;
#include <groups readonly>
#include <coordinate readonly>
#include <grids readonly>
#include <survey>
#include "simulate/pyramid/grid.glsl"

void main() {
    uint g = gl_WorkGroupID.y, i = groups[g].start + gl_GlobalInvocationID.x;
    if (i >= groups[g].end || !within_reach(coordinate[i].xyz)) return;
    uvec3 dims = uvec3(SURVEY_SIDE);
    vec3 from_corner = coordinate[i].xyz - grids[g].origin;
    uvec3 cell = cell_of(from_corner, survey_size(grids[g].extent), dims);
    atomicAdd(survey[g * volume(dims) + flat_index(cell, dims)], 1u);
}
