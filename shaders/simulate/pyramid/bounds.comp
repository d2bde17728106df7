// The box around a group, and an empty survey for it.  One workgroup a group.
// Reads coordinate; writes grids, survey.
layout(local_size_x = 512) in;
#include <groups readonly>
#include <coordinate readonly>
#include <grids>
#include <survey writeonly>
#include "simulate/pyramid/grid.glsl"

shared vec3 low[512];
shared vec3 high[512];

void main() {
    uint lane = gl_LocalInvocationID.x, g = gl_WorkGroupID.y;
    vec3 least = vec3(REACH), most = vec3(-REACH);
    for (uint i = groups[g].start + lane; i < groups[g].end; i += 512u) {
        vec3 y = coordinate[i].xyz;
        if (!within_reach(y)) continue;
        least = min(least, y);
        most = max(most, y);
    }
    low[lane] = least;
    high[lane] = most;
    barrier();
    for (uint half_count = 256u; half_count > 0u; half_count /= 2u) {
        if (lane < half_count) {
            low[lane] = min(low[lane], low[lane + half_count]);
            high[lane] = max(high[lane], high[lane + half_count]);
        }
        barrier();
    }
    uint cells_surveyed = SURVEY_SIDE * SURVEY_SIDE * SURVEY_SIDE;
    for (uint k = lane; k < cells_surveyed; k += 512u) survey[g * cells_surveyed + k] = 0u;
    if (lane > 0u) return;
    grids[g].origin = low[0];
    grids[g].extent = max(high[0] - low[0], 0.0);
}
