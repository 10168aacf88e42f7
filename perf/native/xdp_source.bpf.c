/*
 * The rig's traffic for Linux's own stack: run by BPF_PROG_TEST_RUN over live frames, this writes a fresh head into each, and the frame
 * goes on as if a NIC had received it on the interface that the run names.
 */
#include "flow_frame.h"

#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

#include "xdp_source.h"

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, uint32_t);
	__type(value, struct xdp_source);
} source SEC(".maps");

SEC("xdp")
int make_frame(struct xdp_md *context)
{
	uint32_t zero = 0, id;
	int reply = 0, flags = FLOW_ACK | FLOW_PSH;
	struct xdp_source *s = bpf_map_lookup_elem(&source, &zero);
	uint64_t *data = (void *)(long)context->data;
	uint64_t head[FLOW_WORDS];

	if (!s || (void *)(data + FLOW_WORDS) > (void *)(long)context->data_end)
		return XDP_ABORTED;
	if (s->kind == XDP_SOURCE_WARM) {
		/* All frames of a block are received before the first of them is forwarded, so an answer comes a block later. */
		uint64_t frame = s->next++, steps = s->protocol == FLOW_TCP ? 3 : 2, block = frame / s->block, step = block % steps;

		id = (uint32_t)(block / steps * s->block + frame % s->block);
		if (id >= s->flows)
			id = (uint32_t)s->flows - 1;
		reply = step == 1;
		flags = step == 0 ? FLOW_SYN : step == 1 ? FLOW_SYN | FLOW_ACK : FLOW_ACK;
	} else if (s->kind == XDP_SOURCE_SYN) {
		id = (uint32_t)s->next++;
		flags = FLOW_SYN;
	} else {
		/* xorshift64*, as in net_flowgen */
		uint64_t state = s->random, r;

		state ^= state << 13;
		state ^= state >> 7;
		state ^= state << 17;
		s->random = state;
		r = state * 2685821657736338717ull;
		id = (uint32_t)(((r >> 32) * s->flows) >> 32);
		reply = (int)(r & 1);
	}

	struct flow_kind kind = { .protocol = (uint8_t)s->protocol, .ipv6 = s->ipv6, .nat = s->nat };
	uint32_t size = kind.ipv6 && kind.protocol == FLOW_TCP ? 74 : 64;

	if (kind.ipv6)
		flow_build6(head, &kind, id, reply, flags, size);
	else
		flow_build4(head, &kind, id, reply, flags, size);
	for (int i = 0; i < FLOW_WORDS; i++)
		data[i] = head[i];
	return XDP_PASS;
}

char _license[] SEC("license") = "GPL";
