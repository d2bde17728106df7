// One pass of a radix sort, second half: every run puts its keys, in order, where the prefix sums
// of the counts say.  Stable, so neurons of one cell end up in the order of their numbers.
// Reads cell_key, member, tile_total; writes next_key, next_member; uses up digit_count.
layout(local_size_x = 64) in;
#include <cell_key readonly>
#include <member readonly>
#include <next_key writeonly>
#include <next_member writeonly>
#include <digit_count>
#include <tile_total readonly>
uniform uint shift;
uniform uint total;
uniform uint runs;

void main() {
    uint run = gl_GlobalInvocationID.x;
    if (run >= runs) return;
    for (uint k = run * RUN; k < min((run + 1u) * RUN, total); k++) {
        uint column = (cell_key[k] >> shift) % DIGITS * runs + run;
        uint place = digit_count[column] + tile_total[column / TILE];
        digit_count[column]++;
        next_key[place] = cell_key[k];
        next_member[place] = member[k];
    }
}
