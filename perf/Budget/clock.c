/*
 * The dataplane's clock while instructions are counted. valgrind takes a hundred times as long as the packets would, and what happens by
 * the clock, sampling and sweeping, must not happen a hundred times as often. The executable exports ctd_tsc, so the library calls this one.
 */
#include <stdint.h>
#include <x86intrin.h>

static uint64_t now;

uint64_t ctd_tsc(void) { return now; }

/* From here on time goes by when it is told to. */
void budget_clock_stop(void) { now = __rdtsc(); }

void budget_clock_advance(uint64_t ticks) { now += ticks; }
