/*
 * net_flowgen: a DPDK device that manufactures real headers on the core that receives from it, and swallows what is sent to it.
 * A frame costs no memory besides the mbuf it is written into, so the source is equally dear for one flow and for millions.
 *
 *   -d /path/libnet_flowgen.so --vdev net_flowgen0,flows=65536,dir=0,warm=1 --vdev net_flowgen1,flows=65536,dir=1,warm=1
 *
 *   flows=N      how many there are
 *   dir=0|1|2    original direction, replies, both at random on this port (default)
 *   order=uniform|zipf|sequential
 *   proto=udp|tcp  family=4|6
 *   kind=established|syn|none   random packets of the flows; a SYN of a new flow each; nothing (the other end of a one-port source)
 *   warm=1       first each flow is opened once, in lock step over all ports of the process and in blocks of one burst
 *                (UDP: packet, reply; TCP: SYN, SYN-ACK, ACK)
 *   pace=N       flows opened a second at most while warming (default 1,000,000): no faster than tables are committed ahead
 *   limit=N      kind=syn: stop after so many
 *   rate=N       kind=established: so many frames a second come by, as by a NIC whose ring holds RING_SIZE; what finds it full is missed
 *   attack=N     with rate: besides, N frames a second of flows nobody has seen, in the same ring, over IPv4
 *   attacker=syn|udp|crc|toeplitz  SYNs of a /16 to one server (default); datagrams of a /16 to any address and port of another; SYNs between
 *                the two whose tuples have one CRC32C, or one Toeplitz hash under the key that is published
 *   size=BYTES   frame size, 0: IMIX (7 × 64, 4 × 570, 1 × 1514)
 *   nat=1        replies go to the address a source NAT would use
 *   offloads=0   say nothing of checksums and hash in the mbuf, unlike a NIC
 *   verify=1     check the checksums of one sent frame in 64
 *   counters=FILE  a page of struct flowgen_counters, one a queue and port, for whoever maps it
 *
 * With several queues each has flows of its own, as a NIC spreads them by a symmetric hash; but a translated reply has other addresses than
 * what it answers, and comes by any of them.
 */
#include <string.h>

#include <rte_cycles.h>

#include "net_flowgen.h"

struct warm_up warm_ups[MAX_QUEUES];

static const uint16_t imix[12] = { 64, 64, 64, 64, 64, 64, 64, 570, 570, 570, 570, 1514 };

static __rte_always_inline void
put(const struct flowgen *p, struct rte_mbuf *m, uint32_t id, int reply, int flags, uint32_t size, bool ipv6)
{
	uint64_t head[FLOW_WORDS];
	uint64_t *data = rte_pktmbuf_mtod(m, uint64_t *);
	int words = ipv6 ? FLOW_WORDS : 8;

	if (ipv6)
		flow_build6(head, &p->frames, id, reply, flags, size);
	else
		flow_build4(head, &p->frames, id, reply, flags, size);
	for (int i = 0; i < words; i++)
		data[i] = head[i];
	m->data_len = (uint16_t)size;
	m->pkt_len = size;
	m->port = p->port;
	m->hash.rss = (id * 2 + (uint32_t)reply) * 0x9E3779B1u;
	m->ol_flags |= p->offload_flags;
	m->packet_type = p->packet_type;
}

static __rte_always_inline void
put_any(const struct flowgen *p, struct rte_mbuf *m, uint32_t id, int reply, int flags, uint32_t size)
{
	if (p->frames.ipv6)
		put(p, m, id, reply, flags, size, true);
	else
		put(p, m, id, reply, flags, size, false);
}

/* The n-th flow of a queue. */
static __rte_always_inline uint32_t
flow_of(const struct flowgen_queue *q, uint64_t n)
{
	return (uint32_t)(n * q->port->queue_count + q->index);
}

/* How many of the flows are a queue's. */
static __rte_always_inline uint64_t
flows_of(const struct flowgen_queue *q)
{
	return (q->port->flows + q->port->queue_count - 1 - q->index) / q->port->queue_count;
}

/* The next frames of the opening handshakes, if it is this port's turn. */
static __rte_noinline uint16_t
receive_warm_up(struct flowgen_queue *q, struct warm_up *w, struct rte_mbuf **mbufs, uint16_t n)
{
	static const int tcp_flags[3] = { FLOW_SYN, FLOW_SYN | FLOW_ACK, FLOW_ACK };
	const struct flowgen *p = q->port;
	int reply = w->step == 1;
	uint16_t count;

	if (p->dir != 2 && p->dir != reply)
		return 0;
	if (w->step == 0 && w->done == 0) {
		uint64_t now = rte_rdtsc();

		if (now < w->due)
			return 0;
		w->block = RTE_MIN(RTE_MIN((uint64_t)n, (uint64_t)WARM_BLOCK), flows_of(q) - w->next);
		w->due = now + w->block * w->interval * p->queue_count;
	}
	count = (uint16_t)RTE_MIN((uint64_t)n, w->block - w->done);
	if (rte_pktmbuf_alloc_bulk(q->pool, mbufs, count)) {
		q->counters->no_mbuf++;
		return 0;
	}
	for (int i = 0; i < count; i++)
		put_any(p, mbufs[i], flow_of(q, w->next + w->done + i), reply, tcp_flags[w->step], flow_frame_size(&p->frames));
	q->counters->made += count;
	w->done += count;
	if (w->done == w->block) {
		w->done = 0;
		if (++w->step == (p->frames.protocol == FLOW_TCP ? 3 : 2)) {
			w->step = 0;
			w->next += w->block;
			q->counters->opened += w->block;
			if (w->next >= flows_of(q)) {
				w->active = false;
				q->counters->warm = 1;
			}
		}
	}
	return count;
}

static __rte_noinline uint16_t
receive_syn(struct flowgen_queue *q, struct rte_mbuf **mbufs, uint16_t n)
{
	const struct flowgen *p = q->port;
	uint64_t left = p->limit ? p->limit - q->next : n;

	n = (uint16_t)RTE_MIN((uint64_t)n, left);
	if (n == 0)
		return 0;
	if (rte_pktmbuf_alloc_bulk(q->pool, mbufs, n)) {
		q->counters->no_mbuf++;
		return 0;
	}
	for (int i = 0; i < n; i++)
		put_any(p, mbufs[i], flow_of(q, q->next++), 0, FLOW_SYN, p->size);
	q->counters->made += n;
	q->counters->opened += n;
	return n;
}

static __rte_always_inline void
receive_established(struct flowgen_queue *q, struct rte_mbuf **mbufs, uint16_t n, bool ipv6)
{
	const struct flowgen *p = q->port;
	uint64_t state = q->random;
	const uint64_t flows = p->flows, own = flows_of(q);

	for (int i = 0; i < n; i++) {
		/* xorshift64* */
		state ^= state << 13;
		state ^= state >> 7;
		state ^= state << 17;
		uint64_t r = state * 2685821657736338717ull;
		int reply = p->dir == 2 ? (int)(r & 1) : p->dir;
		uint32_t id;

		if (p->order == UNIFORM) {
			id = reply && p->frames.nat ? (uint32_t)(((r >> 32) * flows) >> 32) : flow_of(q, ((r >> 32) * own) >> 32);
		} else if (p->order == ZIPF) {
			uint32_t u = (uint32_t)(r >> 40), k = u >> 12;

			id = p->zipf[k] + (uint32_t)(((uint64_t)(p->zipf[k + 1] - p->zipf[k]) * (u & 4095)) >> 12);
		} else {
			uint64_t each = p->dir == 2 ? 2 : 1;

			id = flow_of(q, q->next / each);
			reply = p->dir == 2 ? (int)(q->next & 1) : p->dir;
			q->next = q->next + 1 >= each * own ? 0 : q->next + 1;
		}
		put(p, mbufs[i], id, reply, FLOW_ACK | FLOW_PSH,
			likely(p->size) ? p->size : imix[((r >> 8 & 0xffff) * 12) >> 16], ipv6);
	}
	q->random = state;
}

/* Frames that came due since the last look, as far as the ring has room; established ones and the attack's share it as they come. */
static void
fill_ring(struct flowgen_queue *q)
{
	struct paced *r = q->paced;
	const uint64_t hz = rte_get_tsc_hz(), now = rte_rdtsc();
	uint64_t due[SHARES], elapsed = now - r->looked, room = RING_SIZE - r->waiting[REGULAR] - r->waiting[ATTACK];

	r->looked = now;
	if (elapsed > hz / 100) /* the program was stopped: nothing came meanwhile */
		return;
	for (int i = 0; i < SHARES; i++) {
		r->credits[i] += elapsed * r->rates[i];
		due[i] = r->credits[i] / hz;
		r->credits[i] -= due[i] * hz;
	}
	uint64_t all = due[REGULAR] + due[ATTACK];
	uint64_t regular = all <= room ? due[REGULAR] : due[REGULAR] * room / all;
	uint64_t attack = all <= room ? due[ATTACK] : RTE_MIN(due[ATTACK], room - regular);

	r->waiting[REGULAR] += regular;
	r->waiting[ATTACK] += attack;
	q->counters->missed += due[REGULAR] - regular;
	q->counters->attacks_missed += due[ATTACK] - attack;
}

static __rte_noinline uint16_t
receive_paced(struct flowgen_queue *q, struct rte_mbuf **mbufs, uint16_t n)
{
	const struct flowgen *p = q->port;
	struct paced *r = q->paced;

	fill_ring(q);
	uint64_t waiting = r->waiting[REGULAR] + r->waiting[ATTACK];
	uint16_t count = (uint16_t)RTE_MIN((uint64_t)n, waiting);

	if (count == 0)
		return 0;
	if (unlikely(rte_pktmbuf_alloc_bulk(q->pool, mbufs, count))) {
		q->counters->no_mbuf++;
		return 0;
	}
	uint16_t regular = (uint16_t)((r->waiting[REGULAR] * count + waiting / 2) / waiting);

	if (p->frames.ipv6)
		receive_established(q, mbufs, regular, true);
	else
		receive_established(q, mbufs, regular, false);
	for (uint16_t i = regular; i < count; i++) {
		attack_put(&p->attack, &r->attack, q->index, p->queue_count, mbufs[i]);
		mbufs[i]->port = p->port;
		mbufs[i]->ol_flags |= p->offload_flags;
	}
	r->waiting[REGULAR] -= regular;
	r->waiting[ATTACK] -= count - regular;
	q->counters->made += count;
	q->counters->attacks += count - regular;
	return count;
}

uint16_t
flowgen_receive(void *queue, struct rte_mbuf **mbufs, uint16_t n)
{
	struct flowgen_queue *q = queue;
	const struct flowgen *p = q->port;

	if (unlikely(n == 0) || p->kind == NONE)
		return 0;
	if (unlikely(p->warm && warm_ups[q->index].active))
		return receive_warm_up(q, &warm_ups[q->index], mbufs, n);
	if (unlikely(q->paced != NULL))
		return receive_paced(q, mbufs, n);
	if (p->kind == SYN)
		return receive_syn(q, mbufs, n);
	if (unlikely(rte_pktmbuf_alloc_bulk(q->pool, mbufs, n))) {
		q->counters->no_mbuf++;
		return 0;
	}
	if (p->frames.ipv6)
		receive_established(q, mbufs, n, true);
	else
		receive_established(q, mbufs, n, false);
	q->counters->made += n;
	return n;
}

static uint64_t
sum_words(const uint8_t *at, uint32_t bytes)
{
	uint64_t sum = 0;
	uint16_t word;

	for (uint32_t i = 0; i + 1 < bytes; i += 2) {
		memcpy(&word, at + i, sizeof(word));
		sum += word;
	}
	return bytes & 1 ? sum + at[bytes - 1] : sum;
}

/*
 * Headers of what the program under test sends: IP header checksum, and that of TCP or UDP where the frame is a small one. What is
 * neither is its own affair.
 */
static __rte_noinline void
verify(struct flowgen_counters *counters, struct rte_mbuf *m)
{
	const uint8_t *frame = rte_pktmbuf_mtod(m, const uint8_t *);
	bool ipv6 = frame[12] == 0x86;
	uint32_t l4 = ipv6 ? 54 : 34;
	uint32_t length = ipv6 ? (uint32_t)(frame[18] << 8 | frame[19]) : (uint32_t)(frame[16] << 8 | frame[17]) - 20;
	uint64_t pseudo = (uint64_t)frame[ipv6 ? 20 : 23] << 8;
	uint8_t protocol = frame[ipv6 ? 20 : 23];
	bool bad = !ipv6 && flow_fold(sum_words(frame + 14, 20)) != 0;

	if (frame[12] != (ipv6 ? 0x86 : 0x08) || frame[13] != (ipv6 ? 0xdd : 0x00) || (protocol != FLOW_UDP && protocol != FLOW_TCP))
		return;
	pseudo += flow_be16((uint16_t)length) + (ipv6 ? sum_words(frame + 22, 32) : sum_words(frame + 26, 8));
	if (length <= 64 && flow_fold(pseudo + sum_words(frame + l4, length)) != 0)
		bad = true;
	counters->sampled++;
	counters->bad += bad;
	if (!ipv6) {
		uint32_t src, dst;

		memcpy(&src, frame + 26, 4);
		memcpy(&dst, frame + 30, 4);
		if (src == flow_be32(FLOW_NAT_ADDRESS) || ((src & 0xff) == 198 && (dst & 0xff) == 10))
			counters->translated++;
	}
}

/* By where it goes: to ATTACK_TARGET. */
static bool
is_attack(const struct rte_mbuf *m)
{
	const uint8_t *frame = rte_pktmbuf_mtod(m, const uint8_t *);

	return frame[12] == 0x08 && frame[30] == (ATTACK_TARGET >> 24) && frame[31] == (ATTACK_TARGET >> 16 & 0xff);
}

uint16_t
flowgen_transmit(void *queue, struct rte_mbuf **mbufs, uint16_t n)
{
	struct flowgen_queue *q = queue;
	uint64_t before = q->counters->swallowed;

	if (q->port->verify)
		for (int i = 0; i < n; i++)
			if (((before + i) & 63) == 0)
				verify(q->counters, mbufs[i]);
	if (unlikely(q->paced != NULL))
		for (int i = 0; i < n; i++)
			q->counters->attacks_swallowed += is_attack(mbufs[i]);
	rte_pktmbuf_free_bulk(mbufs, n);
	q->counters->swallowed = before + n;
	return n;
}
