/*
 * xdp_source OBJECT INTERFACE established|syn udp|tcp 4|6 FLOWS NAT
 *
 * Sends the rig's traffic through Linux's stack on the CPU it runs on, inside the network namespace it runs in. Reads commands, a line
 * each, and answers each with a line:
 *
 *   warm        every flow is opened once       → frames nanoseconds
 *   run FRAMES  that many of the traffic        → frames nanoseconds
 */
#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <linux/bpf.h>

#include "flow_frame.h"
#include "xdp_source.h"

#define BLOCK 64
#define FRAME_BYTES 80 /* the largest head; IP says how much of it counts */

static int program, source, interface;

static uint64_t
nanoseconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

static int
run(uint64_t frames, uint32_t block)
{
	static unsigned char frame[FRAME_BYTES] = { 2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 0 };
	struct xdp_md context = { .data_end = FRAME_BYTES, .ingress_ifindex = (uint32_t)interface };
	uint64_t began = nanoseconds();

	for (uint64_t left = frames; left > 0;) {
		uint32_t now = left > 1u << 20 ? 1u << 20 : (uint32_t)left;
		LIBBPF_OPTS(bpf_test_run_opts, options, .data_in = frame, .data_size_in = FRAME_BYTES, .ctx_in = &context,
			.ctx_size_in = sizeof(context), .repeat = (int)now, .flags = BPF_F_TEST_XDP_LIVE_FRAMES, .batch_size = block);
		int status = bpf_prog_test_run_opts(program, &options);

		if (status != 0) {
			fprintf(stderr, "xdp_source: test run: %s\n", strerror(-status));
			return 1;
		}
		left -= now;
	}
	printf("%llu %llu\n", (unsigned long long)frames, (unsigned long long)(nanoseconds() - began));
	fflush(stdout);
	return 0;
}

int
main(int argc, char **argv)
{
	struct xdp_source s = { .random = 88172645463325252ull }, last;
	uint32_t zero = 0, kind;
	struct bpf_object *object;
	char line[64];

	if (argc != 8) {
		fprintf(stderr, "usage: xdp_source OBJECT INTERFACE established|syn udp|tcp 4|6 FLOWS NAT\n");
		return 2;
	}
	interface = (int)if_nametoindex(argv[2]);
	kind = strcmp(argv[3], "syn") == 0 ? XDP_SOURCE_SYN : XDP_SOURCE_ESTABLISHED;
	s.protocol = strcmp(argv[4], "tcp") == 0 ? FLOW_TCP : FLOW_UDP;
	s.ipv6 = strcmp(argv[5], "6") == 0;
	s.flows = strtoull(argv[6], NULL, 10);
	s.nat = strcmp(argv[7], "1") == 0;
	s.block = s.flows < BLOCK ? 1 : BLOCK;
	object = bpf_object__open(argv[1]);
	if (interface == 0 || object == NULL || bpf_object__load(object) != 0) {
		fprintf(stderr, "xdp_source: %s or %s: %s\n", argv[1], argv[2], strerror(errno));
		return 1;
	}
	program = bpf_program__fd(bpf_object__find_program_by_name(object, "make_frame"));
	source = bpf_object__find_map_fd_by_name(object, "source");
	while (fgets(line, sizeof(line), stdin) != NULL) {
		int warm = strncmp(line, "warm", 4) == 0;
		uint64_t blocks = (s.flows + s.block - 1) / s.block;
		uint64_t frames = warm ? blocks * s.block * (s.protocol == FLOW_TCP ? 3 : 2) : strtoull(line + 4, NULL, 10);

		/* A flood goes on where the last run left it. */
		if (bpf_map_lookup_elem(source, &zero, &last) != 0)
			return 1;
		s.next = !warm && kind == XDP_SOURCE_SYN ? last.next : 0;
		s.kind = warm ? XDP_SOURCE_WARM : kind;
		if (bpf_map_update_elem(source, &zero, &s, BPF_ANY) != 0 || run(frames, warm ? s.block : BLOCK) != 0)
			return 1;
		s.random = s.random * 6364136223846793005ull + 1442695040888963407ull;
	}
	return 0;
}
