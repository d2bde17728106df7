// One pass of a radix sort, first half: how often each digit occurs in each run of keys.
// One invocation goes through one run in order and owns one column of counts, so nothing races.
// Reads cell_key; writes digit_count [digit][run].
layout(local_size_x = 64) in;
#include <cell_key readonly>
#include <digit_count>
uniform uint shift;
uniform uint total;
uniform uint runs;

void main() {
    uint run = gl_GlobalInvocationID.x;
    if (run >= runs) return;
    for (uint digit = 0u; digit < DIGITS; digit++) digit_count[digit * runs + run] = 0u;
    for (uint k = run * RUN; k < min((run + 1u) * RUN, total); k++)
        digit_count[(cell_key[k] >> shift) % DIGITS * runs + run]++;
}
