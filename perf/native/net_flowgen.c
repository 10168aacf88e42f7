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
 *   attack=N     with rate: besides, N SYNs a second of flows nobody has seen, in the same ring
 *   size=BYTES   frame size, 0: IMIX (7 × 64, 4 × 570, 1 × 1514)
 *   nat=1        replies go to the address a source NAT would use
 *   offloads=0   say nothing of checksums and hash in the mbuf, unlike a NIC
 *   verify=1     check the checksums of one sent frame in 64
 *   counters=FILE  a page of struct flowgen_counters, one a queue and port, for whoever maps it
 *
 * With several queues each has flows of its own, as a NIC spreads them by a symmetric hash; but a translated reply has other addresses than
 * what it answers, and comes by any of them.
 */
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <bus_vdev_driver.h>
#include <ethdev_driver.h>
#include <ethdev_vdev.h>
#include <rte_cycles.h>
#include <rte_kvargs.h>
#include <rte_mbuf.h>

#include "flow_frame.h"

#define MAX_PORTS 2
#define MAX_QUEUES 8
#define WARM_BLOCK 32
#define ZIPF_STEPS 4096
#define RING_SIZE 1024

/* Written by the polling core alone, read by another process: 64-bit words on a line of their own. */
struct flowgen_counters {
	uint64_t made;       /* frames received from this port */
	uint64_t swallowed;  /* frames sent to it */
	uint64_t no_mbuf;    /* polls that found the pool empty */
	uint64_t sampled;    /* sent frames whose checksums were looked at */
	uint64_t bad;        /* those with a wrong one */
	uint64_t translated; /* those that left with the NAT address, and replies back at their client */
	uint64_t opened;     /* flows opened */
	uint64_t warm;       /* 1: every flow was opened once */
	/* With a rate only: */
	uint64_t missed;         /* established frames that found the ring full */
	uint64_t attacks;        /* frames received that are part of the attack */
	uint64_t attacks_missed; /* those that found the ring full */
	uint64_t attacks_swallowed;
} __rte_cache_aligned;

enum order { UNIFORM, ZIPF, SEQUENTIAL };
enum kind { ESTABLISHED, SYN, NONE };

struct flowgen;

/* What one core polls. */
struct flowgen_queue {
	struct flowgen *port;
	struct flowgen_counters *counters;
	struct rte_mempool *pool;
	uint64_t random, next;
	uint32_t index;
	struct paced *paced; /* null where there is always another frame */
} __rte_cache_aligned;

enum share { REGULAR, ATTACK, SHARES };

/* Frames that come by the clock and wait in a ring until they are received. */
struct paced {
	uint64_t looked;           /* at the time-stamp counter */
	uint64_t rates[SHARES];    /* frames a second */
	uint64_t credits[SHARES];  /* parts of a frame that are due, times ticks a second */
	uint64_t waiting[SHARES];
	uint64_t next;             /* flow of the attack */
};

struct flowgen {
	struct flowgen_queue queues[MAX_QUEUES];
	struct flowgen_counters *counters;
	uint64_t flows, limit, pace;
	struct paced paced[MAX_QUEUES];
	uint64_t rates[SHARES];
	struct flow_kind frames;
	enum order order;
	enum kind kind;
	uint32_t size;
	uint16_t port;
	uint16_t queue_count;
	uint8_t dir; /* 2: both */
	bool warm, offloads, verify;
	uint64_t offload_flags;
	uint32_t packet_type;
	struct rte_ether_addr mac;
	uint32_t zipf[ZIPF_STEPS + 1]; /* flow number at each step of the inverted distribution function */
};

/* Of a queue's flows, [next, next + block) are at this step of being opened; `done` of them have taken it. For all ports of the process. */
static struct warm_up {
	uint64_t next, block, done;
	uint64_t due, interval; /* when the next block may begin, ticks of the time-stamp counter; ticks between two flows */
	int step;
	bool active;
} __rte_cache_aligned warm_ups[MAX_QUEUES];

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
	static const struct flow_kind attack = { .protocol = FLOW_TCP };
	const struct flowgen *p = q->port;
	struct paced *r = q->paced;
	uint64_t head[FLOW_WORDS];

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
		struct rte_mbuf *m = mbufs[i];

		uint32_t id = (uint32_t)(p->flows + r->next++);

		flow_build4(head, &attack, id, 0, FLOW_SYN, 64);
		memcpy(rte_pktmbuf_mtod(m, void *), head, 64);
		m->data_len = 64;
		m->pkt_len = 64;
		m->port = p->port;
		m->hash.rss = id * 0x9E3779B1u;
		m->ol_flags |= p->offload_flags;
		m->packet_type = RTE_PTYPE_L2_ETHER | RTE_PTYPE_L3_IPV4 | RTE_PTYPE_L4_TCP;
	}
	r->waiting[REGULAR] -= regular;
	r->waiting[ATTACK] -= count - regular;
	q->counters->made += count;
	q->counters->attacks += count - regular;
	return count;
}

static uint16_t
receive(void *queue, struct rte_mbuf **mbufs, uint16_t n)
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

/* A SYN over IPv4: once all flows are opened no other has one. */
static bool
is_attack(const struct rte_mbuf *m)
{
	const uint8_t *frame = rte_pktmbuf_mtod(m, const uint8_t *);

	return frame[12] == 0x08 && frame[23] == FLOW_TCP && (frame[47] & (FLOW_SYN | FLOW_ACK)) == FLOW_SYN;
}

static uint16_t
transmit(void *queue, struct rte_mbuf **mbufs, uint16_t n)
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

static int nothing(struct rte_eth_dev *dev __rte_unused) { return 0; }

static int
link_update(struct rte_eth_dev *dev, int wait __rte_unused)
{
	dev->data->dev_link.link_speed = RTE_ETH_SPEED_NUM_100G;
	dev->data->dev_link.link_duplex = RTE_ETH_LINK_FULL_DUPLEX;
	dev->data->dev_link.link_status = RTE_ETH_LINK_UP;
	return 0;
}

static int
start(struct rte_eth_dev *dev)
{
	struct flowgen *p = dev->data->dev_private;

	p->queue_count = RTE_MAX(dev->data->nb_rx_queues, 1);
	return link_update(dev, 0);
}

static int
infos_get(struct rte_eth_dev *dev __rte_unused, struct rte_eth_dev_info *info)
{
	info->max_mac_addrs = 1;
	info->max_rx_pktlen = 9600;
	info->max_rx_queues = MAX_QUEUES;
	info->max_tx_queues = MAX_QUEUES;
	info->min_mtu = RTE_ETHER_MIN_MTU;
	info->max_mtu = 9500;
	return 0;
}

static int
rx_queue_setup(struct rte_eth_dev *dev, uint16_t queue, uint16_t descriptors __rte_unused, unsigned int socket __rte_unused,
	const struct rte_eth_rxconf *conf __rte_unused, struct rte_mempool *pool)
{
	struct flowgen *p = dev->data->dev_private;

	p->queues[queue].pool = pool;
	dev->data->rx_queues[queue] = &p->queues[queue];
	return 0;
}

static int
tx_queue_setup(struct rte_eth_dev *dev, uint16_t queue, uint16_t descriptors __rte_unused, unsigned int socket __rte_unused,
	const struct rte_eth_txconf *conf __rte_unused)
{
	struct flowgen *p = dev->data->dev_private;

	dev->data->tx_queues[queue] = &p->queues[queue];
	return 0;
}

static int mtu_set(struct rte_eth_dev *dev __rte_unused, uint16_t mtu __rte_unused) { return 0; }

static int
mac_addr_set(struct rte_eth_dev *dev __rte_unused, struct rte_ether_addr *mac __rte_unused)
{
	return 0;
}

static int
stats_get(struct rte_eth_dev *dev, struct rte_eth_stats *stats)
{
	const struct flowgen *p = dev->data->dev_private;

	for (int i = 0; i < MAX_QUEUES; i++) {
		const struct flowgen_counters *counters = p->queues[i].counters;

		stats->ipackets += counters->made;
		stats->opackets += counters->swallowed;
		stats->rx_nombuf += counters->no_mbuf;
	}
	return 0;
}

static int
dev_close(struct rte_eth_dev *dev)
{
	dev->data->mac_addrs = NULL; /* part of dev_private, not to be freed by itself */
	return 0;
}

static const struct eth_dev_ops operations = {
	.dev_configure = nothing,
	.dev_start = start,
	.dev_stop = nothing,
	.dev_close = dev_close,
	.dev_infos_get = infos_get,
	.rx_queue_setup = rx_queue_setup,
	.tx_queue_setup = tx_queue_setup,
	.link_update = link_update,
	.mtu_set = mtu_set,
	.mac_addr_set = mac_addr_set,
	.stats_get = stats_get,
	.stats_reset = nothing,
	.promiscuous_enable = nothing,
	.promiscuous_disable = nothing,
	.allmulticast_enable = nothing,
	.allmulticast_disable = nothing,
};

/* Counters of port n's queue q are at q * MAX_PORTS + n in the file; without a file they are private. Returns those of queue 0. */
static struct flowgen_counters *
map_counters(const char *path, uint16_t port)
{
	size_t bytes = MAX_PORTS * MAX_QUEUES * sizeof(struct flowgen_counters);
	struct flowgen_counters *page;
	int fd;

	if (port >= MAX_PORTS)
		return NULL;
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0)
		return NULL;
	page = ftruncate(fd, (off_t)bytes) == 0 ? mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0) : MAP_FAILED;
	close(fd);
	return page == MAP_FAILED ? NULL : page + port;
}

/* Index of the value among the words, or -EINVAL. */
static int
one_of(const char *value, const char *const *words)
{
	for (int i = 0; words[i] != NULL; i++)
		if (strcmp(value, words[i]) == 0)
			return i;
	return -EINVAL;
}

static int
parse_argument(const char *key, const char *value, void *opaque)
{
	static const char *const protocols[] = { "udp", "tcp", NULL };
	static const char *const orders[] = { "uniform", "zipf", "sequential", NULL };
	static const char *const kinds[] = { "established", "syn", "none", NULL };
	static const char *const families[] = { "4", "6", NULL };
	struct flowgen *p = opaque;
	int index = 0;
	char *end;
	uint64_t number = strtoull(value, &end, 10);
	bool is_number = *value != '\0' && *end == '\0';

	if (strcmp(key, "proto") == 0) {
		index = one_of(value, protocols);
		p->frames.protocol = index == 1 ? FLOW_TCP : FLOW_UDP;
	} else if (strcmp(key, "order") == 0) {
		index = one_of(value, orders);
		p->order = index < 0 ? UNIFORM : (enum order)index;
	} else if (strcmp(key, "kind") == 0) {
		index = one_of(value, kinds);
		p->kind = index < 0 ? NONE : (enum kind)index;
	} else if (strcmp(key, "family") == 0) {
		index = one_of(value, families);
		p->frames.ipv6 = index == 1;
	} else if (strcmp(key, "counters") == 0) {
		p->counters = map_counters(value, p->port);
		return p->counters != NULL ? 0 : -EINVAL;
	} else if (!is_number) {
		return -EINVAL;
	} else if (strcmp(key, "flows") == 0) {
		p->flows = number;
	} else if (strcmp(key, "dir") == 0) {
		p->dir = (uint8_t)number;
	} else if (strcmp(key, "size") == 0) {
		p->size = (uint32_t)number;
	} else if (strcmp(key, "limit") == 0) {
		p->limit = number;
	} else if (strcmp(key, "pace") == 0) {
		p->pace = number;
	} else if (strcmp(key, "rate") == 0) {
		p->rates[REGULAR] = number;
	} else if (strcmp(key, "attack") == 0) {
		p->rates[ATTACK] = number;
	} else if (strcmp(key, "nat") == 0) {
		p->frames.nat = number != 0;
	} else if (strcmp(key, "warm") == 0) {
		p->warm = number != 0;
	} else if (strcmp(key, "offloads") == 0) {
		p->offloads = number != 0;
	} else if (strcmp(key, "verify") == 0) {
		p->verify = number != 0;
	} else {
		return -EINVAL;
	}
	return index < 0 ? index : 0;
}

static int
parse_arguments(struct flowgen *p, const char *arguments)
{
	struct rte_kvargs *list;
	int status;

	if (arguments == NULL || *arguments == '\0')
		return 0;
	list = rte_kvargs_parse(arguments, NULL);
	if (list == NULL)
		return -EINVAL;
	status = rte_kvargs_process(list, NULL, parse_argument, p);
	rte_kvargs_free(list);
	return status;
}

static int
probe(struct rte_vdev_device *vdev)
{
	static struct flowgen_counters private_counters[MAX_PORTS * MAX_QUEUES];
	struct rte_eth_dev *dev = rte_eth_vdev_allocate(vdev, sizeof(struct flowgen));
	struct flowgen *p;

	if (dev == NULL)
		return -ENOMEM;
	p = dev->data->dev_private;
	p->port = dev->data->port_id;
	p->flows = 1;
	p->pace = 1000000;
	p->frames.protocol = FLOW_UDP;
	p->dir = 2;
	p->size = UINT32_MAX;
	p->offloads = true;
	p->counters = &private_counters[p->port % MAX_PORTS];
	if (parse_arguments(p, rte_vdev_device_args(vdev)) < 0 || p->flows == 0 || p->pace == 0 || p->dir > 2
		|| (p->frames.ipv6 && (p->frames.nat || p->size == 0)) || (p->rates[ATTACK] != 0 && p->rates[REGULAR] == 0)) {
		rte_eth_dev_release_port(dev);
		return -EINVAL;
	}
	if (p->size == UINT32_MAX)
		p->size = flow_frame_size(&p->frames);
	for (int k = 0; k <= ZIPF_STEPS; k++)
		p->zipf[k] = (uint32_t)(pow((double)p->flows, (double)k / ZIPF_STEPS) - 1);
	p->queue_count = 1;
	for (uint32_t i = 0; i < MAX_QUEUES; i++) {
		p->queues[i] = (struct flowgen_queue){
			.port = p, .index = i, .counters = p->counters + i * MAX_PORTS, .random = 0x9E3779B97F4A7C15ull * (p->port + MAX_PORTS * i + 1u),
		};
		if (p->rates[REGULAR] != 0) {
			p->queues[i].paced = &p->paced[i];
			memcpy(p->paced[i].rates, p->rates, sizeof(p->rates));
		}
		if (p->warm) {
			warm_ups[i].active = true;
			warm_ups[i].interval = rte_get_tsc_hz() / p->pace;
		}
	}
	p->packet_type = RTE_PTYPE_L2_ETHER | (p->frames.ipv6 ? RTE_PTYPE_L3_IPV6 : RTE_PTYPE_L3_IPV4)
		| (p->frames.protocol == FLOW_TCP ? RTE_PTYPE_L4_TCP : RTE_PTYPE_L4_UDP);
	if (p->offloads)
		p->offload_flags = RTE_MBUF_F_RX_RSS_HASH | RTE_MBUF_F_RX_IP_CKSUM_GOOD | RTE_MBUF_F_RX_L4_CKSUM_GOOD;
	p->mac = (struct rte_ether_addr){ .addr_bytes = { 0x02, 0, 0, 0, 1, (uint8_t)p->port } };

	dev->data->mac_addrs = &p->mac;
	dev->data->promiscuous = 1;
	dev->dev_ops = &operations;
	dev->rx_pkt_burst = receive;
	dev->tx_pkt_burst = transmit;
	link_update(dev, 0);
	rte_eth_dev_probing_finish(dev);
	return 0;
}

static int
remove_device(struct rte_vdev_device *vdev)
{
	struct rte_eth_dev *dev = rte_eth_dev_allocated(rte_vdev_device_name(vdev));

	if (dev != NULL) {
		dev->data->mac_addrs = NULL;
		rte_eth_dev_release_port(dev);
	}
	return 0;
}

static struct rte_vdev_driver driver = { .probe = probe, .remove = remove_device };

RTE_PMD_REGISTER_VDEV(net_flowgen, driver);
