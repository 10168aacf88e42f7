/*
 * The rig's traffic in one definition: number of a flow -> tuple -> frame with valid checksums, computed in registers.
 *
 * (client port, server address) is unique for every number below 2^30, so a source NAT to one public address that keeps ports
 * has a reply tuple that is known beforehand: server -> FLOW_NAT_ADDRESS, client port.
 *
 *   IPv4  10.x.x.x -> 198.18.0.0 + number / 32768       64 bytes
 *   IPv6  2001:2:0:a::, 2001:2:0:b:: + the same words   64 bytes (UDP), 74 bytes (TCP); RFC 5180's, as 198.18.0.0/15 is RFC 2544's
 *   ports 1024 + number % 32768 -> 4433 (UDP), 443 (TCP)
 */
#ifndef FLOW_FRAME_H
#define FLOW_FRAME_H

#include <stdbool.h>
#include <stdint.h>

#define FLOW_NAT_ADDRESS 0xCB007101u /* 203.0.113.1 */

/* Eight-byte words of the largest head: Ethernet, IPv6, TCP. */
#define FLOW_WORDS 10

enum { FLOW_UDP = 17, FLOW_TCP = 6 };
enum { FLOW_SYN = 2, FLOW_PSH = 8, FLOW_ACK = 16 };

/* What all frames of a port have in common. */
struct flow_kind {
	uint8_t protocol;
	bool ipv6;
	bool nat; /* replies go to FLOW_NAT_ADDRESS; IPv4 only */
};

static inline uint16_t flow_be16(uint16_t v) { return __builtin_bswap16(v); }
static inline uint32_t flow_be32(uint32_t v) { return __builtin_bswap32(v); }

static inline uint32_t flow_client(uint32_t id) { return 0x0A000000u | (id * 2654435761u) >> 8; }
static inline uint32_t flow_server(uint32_t id) { return 0xC6120000u + (id >> 15); }
static inline uint16_t flow_client_port(uint32_t id) { return (uint16_t)(1024 + (id & 0x7fff)); }
static inline uint16_t flow_server_port(uint8_t protocol) { return protocol == FLOW_TCP ? 443 : 4433; }

/* Bytes of the smallest frame. */
static inline uint32_t
flow_frame_size(const struct flow_kind *kind)
{
	return kind->ipv6 && kind->protocol == FLOW_TCP ? 74 : 64;
}

/* RFC 1071: the complement of the one's complement sum of 16-bit words. */
static inline uint16_t
flow_fold(uint64_t sum)
{
	sum = (sum & 0xffffffff) + (sum >> 32);
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)~sum;
}

static inline uint64_t flow_words(uint32_t v) { return (uint64_t)(v & 0xffff) + (v >> 16); }

/*
 * Sequence numbers depend on direction and flags alone, so every established segment is a legal retransmission of one inside
 * the window: initial numbers are 1000 (client) and 5000 (server).
 */
struct flow_segment {
	uint32_t sequence;      /* as on the wire */
	uint32_t acknowledged;  /* as on the wire */
	uint16_t offset_flags;  /* data offset 5 and the flags */
	uint16_t window;
};

static inline __attribute__((always_inline)) struct flow_segment
flow_segment(int reply, int flags)
{
	uint32_t sequence = (reply ? 5000 : 1000) + (flags & FLOW_SYN ? 0 : 1);
	uint32_t acknowledged = flags & FLOW_ACK ? (reply ? 1001 : 5001) : 0;
	struct flow_segment s = { flow_be32(sequence), flow_be32(acknowledged), (uint16_t)(0x50 | flags << 8), 0xffff };
	return s;
}

static inline uint64_t
flow_segment_sum(const struct flow_segment *s)
{
	return flow_words(s->sequence) + flow_words(s->acknowledged) + s->offset_flags + s->window;
}

/* Where a frame comes from and goes to over IPv4, as on the wire. */
struct flow_ends4 {
	uint32_t src, dst;
	uint16_t src_port, dst_port;
};

/*
 * Fills FLOW_WORDS words with the head of one frame of `size` bytes; what follows it is taken for zeros. Frames longer than the
 * smallest carry UDP checksum 0 over IPv4. Bytes are little-endian within a word: the first on the wire is the lowest.
 */
static inline __attribute__((always_inline)) void
flow_head4(uint64_t *w, uint8_t protocol, struct flow_ends4 ends, int reply, int flags, uint32_t size)
{
	uint32_t src = ends.src, dst = ends.dst;
	uint16_t src_port = ends.src_port, dst_port = ends.dst_port;
	uint64_t addresses = flow_words(src) + flow_words(dst);
	uint16_t length = flow_be16((uint16_t)(size - 14)), l4_length = flow_be16((uint16_t)(size - 34));
	uint16_t ttl_protocol = (uint16_t)(64 | protocol << 8);
	uint16_t ip_sum = flow_fold(0x0045 + (uint64_t)length + 0x0040 + ttl_protocol + addresses);
	uint64_t l4 = addresses + l4_length + ((uint64_t)protocol << 8) + src_port + dst_port;
	uint64_t ports = dst >> 16 | (uint64_t)src_port << 16 | (uint64_t)dst_port << 32;

	w[0] = 0x0002010000000002ull;
	w[1] = 0x0045000802000000ull;
	w[2] = length | (uint64_t)0x0040 << 32 | (uint64_t)ttl_protocol << 48; /* DF, identification 0 */
	w[3] = ip_sum | (uint64_t)src << 16 | (uint64_t)(dst & 0xffff) << 48;
	w[6] = w[7] = w[8] = w[9] = 0;
	if (protocol == FLOW_UDP) {
		uint16_t sum = flow_fold(l4 + l4_length);

		w[4] = ports | (uint64_t)l4_length << 48;
		w[5] = size == 64 ? (sum ? sum : 0xffff) : 0;
	} else {
		struct flow_segment s = flow_segment(reply, flags);
		uint16_t sum = flow_fold(l4 + flow_segment_sum(&s));

		w[4] = ports | (uint64_t)(s.sequence & 0xffff) << 48;
		w[5] = s.sequence >> 16 | (uint64_t)s.acknowledged << 16 | (uint64_t)s.offset_flags << 48;
		w[6] = s.window | (uint64_t)sum << 16;
	}
}

static inline __attribute__((always_inline)) void
flow_build4(uint64_t *w, const struct flow_kind *kind, uint32_t id, int reply, int flags, uint32_t size)
{
	uint32_t client = flow_be32(flow_client(id)), server = flow_be32(flow_server(id));
	uint16_t cport = flow_be16(flow_client_port(id)), sport = flow_be16(flow_server_port(kind->protocol));
	struct flow_ends4 ends = {
		.src = reply ? server : client,
		.dst = reply ? (kind->nat ? flow_be32(FLOW_NAT_ADDRESS) : client) : server,
		.src_port = reply ? sport : cport,
		.dst_port = reply ? cport : sport,
	};

	flow_head4(w, kind->protocol, ends, reply, flags, size);
}

static inline __attribute__((always_inline)) void
flow_build6(uint64_t *w, const struct flow_kind *kind, uint32_t id, int reply, int flags, uint32_t size)
{
	const uint32_t net = 0x02000120u;                                     /* 2001:2 */
	const uint32_t client_net = 0x0a000000u, server_net = 0x0b000000u;  /* :0:a, :0:b */
	uint32_t client = flow_be32(flow_client(id)), server = flow_be32(flow_server(id));
	uint16_t cport = flow_be16(flow_client_port(id)), sport = flow_be16(flow_server_port(kind->protocol));
	uint32_t src = reply ? server : client, dst = reply ? client : server;
	uint32_t src_net = reply ? server_net : client_net, dst_net = reply ? client_net : server_net;
	uint16_t src_port = reply ? sport : cport, dst_port = reply ? cport : sport;
	uint16_t length = flow_be16((uint16_t)(size - 54));
	uint64_t l4 = 2 * flow_words(net) + flow_words(client_net) + flow_words(server_net) + flow_words(src) + flow_words(dst)
		+ length + ((uint64_t)kind->protocol << 8) + src_port + dst_port;

	w[0] = 0x0002010000000002ull;
	w[1] = 0x0060dd8602000000ull;
	w[2] = (uint64_t)length << 16 | (uint64_t)kind->protocol << 32 | (uint64_t)64 << 40 | (uint64_t)(net & 0xffff) << 48;
	w[3] = net >> 16 | (uint64_t)src_net << 16;
	w[4] = (uint64_t)src << 16 | (uint64_t)(net & 0xffff) << 48;
	w[5] = net >> 16 | (uint64_t)dst_net << 16;
	w[6] = (uint64_t)dst << 16 | (uint64_t)src_port << 48;
	if (kind->protocol == FLOW_UDP) {
		uint16_t sum = flow_fold(l4 + length);

		w[7] = dst_port | (uint64_t)length << 16 | (uint64_t)(sum ? sum : 0xffff) << 32;
		w[8] = w[9] = 0;
	} else {
		struct flow_segment s = flow_segment(reply, flags);
		uint16_t sum = flow_fold(l4 + flow_segment_sum(&s));

		w[7] = dst_port | (uint64_t)s.sequence << 16 | (uint64_t)(s.acknowledged & 0xffff) << 48;
		w[8] = s.acknowledged >> 16 | (uint64_t)s.offset_flags << 16 | (uint64_t)s.window << 32 | (uint64_t)sum << 48;
		w[9] = 0;
	}
}

#endif
