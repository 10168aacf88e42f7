/* What xdp_source.c tells xdp_source.bpf.c. */
#ifndef XDP_SOURCE_H
#define XDP_SOURCE_H

#include <stdint.h>

enum { XDP_SOURCE_WARM, XDP_SOURCE_ESTABLISHED, XDP_SOURCE_SYN };

struct xdp_source {
	uint64_t flows;
	uint64_t next;   /* frame of the warm-up, or flow of the flood */
	uint64_t random; /* state of the generator; not 0 */
	uint32_t kind, protocol, ipv6, nat;
	uint32_t block, spare; /* frames that pass the stack together */
};

#endif
