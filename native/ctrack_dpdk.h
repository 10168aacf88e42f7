/*
 * libctrack-dpdk: DPDK's inline functions, and the few calls around them, behind a plain C ABI. No policy lives here.
 *
 * Status   a fallible call returns 0 or a count, otherwise a negative errno; ctd_last_error() then tells DPDK's (or libpcap's) reason.
 *          Calls marked "hot" set no text: they run per burst and their one failure is told by the status.
 * Threads  configuration calls may come from any thread, one at a time per object. A queue, a capture and an mbuf have one user at a time.
 * Mbufs    are opaque here and described to the caller by ctd_mbuf_layout(). Lengths and offsets are bytes, counted from the first byte of
 *          the Ethernet header. A frame may be a chain of segments; freeing or writing a frame concerns the whole chain.
 * Structs  use fixed widths, host byte order unless told otherwise, and have no hidden padding.
 */
#pragma once

#include <stdint.h>
#pragma GCC visibility push(default)

/* Why the last failed call of this thread failed: one line, never NULL, valid until this thread's next failure. */
const char *ctd_last_error(void);
/* EAL --------------------------------------------------------------------------------------------------------------------------------- */
/*
 * Loads the drivers DPDK was installed with, a quarter of the time EAL takes to start, so that this can be done while others still read
 * what to start it with. Optional, and to have returned before EAL starts. A driver that does not load is left to EAL, which says why.
 */
void ctd_drivers_load(void);

/*
 * Starts DPDK's environment. argv as of main(); EAL may keep pointers into it, so it must live as long as the process. To be called on a
 * thread made for it: EAL names that thread its main lcore and pins it; its affinity is put back before returning. EAL's own threads run on
 * the CPUs the calling thread may use that no lcore claims, or with its main lcore when none is left. Nothing is printed, and the empty
 * run-time directory EAL makes even with --no-shconf is removed again. -EALREADY: started before, also if stopped since (EAL's own limit).
 */
int ctd_eal_start(int argc, char **argv);

/* Stops EAL, closes its devices and gives its memory back; every port, pool and mbuf is gone afterwards. */
int ctd_eal_stop(void);

/* Copies every log line of DPDK to a file descriptor, -1 (the start value) for none. What is logged at all is --log-level's matter. */
void ctd_log_echo(int fd);

/* Gives this thread an lcore id, and with it a cache in every pool. -ENOMEM: all RTE_MAX_LCORE ids are taken. -ENODEV: no EAL. */
int ctd_thread_register(void);

/* Gives the lcore id back; what its pool caches hold stays available. Harmless on a thread that has none. */
void ctd_thread_unregister(void);

/* Time-stamp counter of this CPU (hot), and its rate in ticks a second, as EAL measured it: 0 before EAL has started. */
uint64_t ctd_tsc(void);
uint64_t ctd_tsc_hz(void);
/* Pools ------------------------------------------------------------------------------------------------------------------------------- */
/*
 * A pool of `count` mbufs, best a power of two less one. `name` is unique, at most 25 characters. `data_room` is what one segment holds
 * including its headroom of 128 bytes; `cache` the mbufs each registered thread keeps for itself, at most 512 and count / 1.5; `socket` the
 * NUMA node, -1 for any. -EEXIST, -ENOMEM, -EINVAL, -ENAMETOOLONG.
 */
int ctd_pool_create(const char *name, uint32_t count, uint16_t data_room, uint32_t cache, int32_t socket, void **pool);

/* Mbufs not in use, those in threads' caches included: exact only while no thread allocates or frees. */
uint32_t ctd_pool_available(const void *pool);

/* Returns the memory. No mbuf of the pool may be in use. NULL is allowed. */
void ctd_pool_free(void *pool);
/* Mbufs ------------------------------------------------------------------------------------------------------------------------------- */
/* Where this build of DPDK keeps an mbuf's fields: offsets in bytes, then the size of the struct and the headroom of a fresh mbuf. */
struct ctd_mbuf_layout {
	uint16_t buf_addr, data_off, refcnt, nb_segs, port, ol_flags, packet_type, pkt_len, data_len, vlan_tci, rss_hash, vlan_tci_outer,
		buf_len, pool, next, tx_offload, size, headroom;
};
void ctd_mbuf_layout(struct ctd_mbuf_layout *layout);

/* Hot. All n fresh mbufs of one empty segment, or none: -ENOMEM. */
int ctd_mbuf_alloc_bulk(void *pool, void **mbufs, uint32_t n);

/* Hot. Frees n frames to the pools they came from; NULL entries are skipped. */
void ctd_mbuf_free_bulk(void **mbufs, uint32_t n);

/* Hot. Clones share the data of their original, which nobody may write from then on. All n or none: -ENOMEM. */
int ctd_mbuf_clone_bulk(void *pool, void *const *frames, void **clones, uint32_t n);

/* Hot. Copies own their data, in as few segments as the pool's data room allows. All n or none: -ENOMEM. */
int ctd_mbuf_copy_bulk(void *pool, void *const *frames, void **copies, uint32_t n);

/* Moves a chain into its first segment. -ENOSPC: the frame does not fit there, and is unchanged. */
int ctd_mbuf_linearize(void *frame);

/* Hot. The range as contiguous bytes: a pointer into the frame, or `buffer` (len bytes) after copying. NULL: the range leaves the frame. */
const void *ctd_mbuf_read(const void *frame, uint32_t offset, uint32_t length, void *buffer);

/* Hot. RFC 1071 sum of the range, not complemented, as stored in memory; any segmentation gives the same sum. -EINVAL: leaves the frame. */
int ctd_mbuf_raw_cksum(const void *frame, uint32_t offset, uint32_t length, uint16_t *sum);
/* Ports ------------------------------------------------------------------------------------------------------------------------------- */
/* What a port can do (ctd_port_info) and what it is asked to do (ctd_port_config). */
enum ctd_port_features {
	CTD_RX_CHECKSUM_IP = 1, /* verifies IPv4 header checksums */
	CTD_RX_CHECKSUM_L4 = 2, /* verifies TCP and UDP checksums */
	CTD_TX_CHECKSUM_IP = 4, CTD_TX_CHECKSUM_L4 = 8, /* frames must pass ctd_tx_prepare() */
	CTD_RX_SCATTER = 16,    /* receives frames larger than a data room as chains */
	CTD_TX_CHAIN = 32,      /* sends chains */
	CTD_RSS_SYMMETRIC = 64, /* spreads over queues so that both directions of a connection meet in one */
};

struct ctd_port_info {
	char device[64]; /* as attached: "net_tap0", "0000:03:00.0" */
	char driver[32];
	uint64_t rss_types; /* RTE_ETH_RSS_* bits the device can hash */
	uint32_t features;  /* CTD_* bits the device can do */
	uint32_t link_mbps; /* UINT32_MAX when unknown */
	int32_t socket;     /* NUMA node, -1 when unknown */
	uint16_t max_rx_queues, max_tx_queues;
	uint16_t min_mtu, max_mtu, mtu; /* bytes of IP packet */
	uint8_t mac[6], link_up, full_duplex, rss_key_size, reserved; /* key size in bytes */
};

/* In: what is wanted, 0 for the driver's own choice of rings and MTU. Out: what the device took, features never more than wanted. */
struct ctd_port_config {
	uint16_t rx_queues, tx_queues, rx_ring, tx_ring; /* rings in descriptors */
	uint16_t mtu, reserved;
	uint32_t features;
};

struct ctd_port_stats {
	uint64_t ipackets, opackets, ibytes, obytes;
	uint64_t imissed, ierrors, oerrors, rx_nombuf; /* rx ring full, bad on receive, bad on send, pool empty */
};

/*
 * Attaches "net_null0", "net_pcap0,rx_pcap=a.pcap", "net_tap0,iface=tap0" or a PCI address; returns the id of its (first) port.
 * -EEXIST: it is attached already, perhaps since EAL started; ctd_port_lookup() finds it.
 */
int ctd_port_attach(const char *device);

/* Id of the port with this name, the device string up to its first comma. -ENODEV. */
int ctd_port_lookup(const char *name);
int ctd_port_info(uint16_t port, struct ctd_port_info *info); /* -ENODEV */

/*
 * Sets up queues and offloads of a stopped port; rx queue q fills its ring from rx_pools[q]. What the device cannot do is left out and told
 * in `config`; too many queues, an MTU out of range or a data room too small for the driver are errors (-EINVAL).
 */
int ctd_port_configure(uint16_t port, struct ctd_port_config *config, void *const *rx_pools);

/* Between start and stop bursts may run; stop only once no thread is inside one. */
int ctd_port_start(uint16_t port);
int ctd_port_stop(uint16_t port);

/* Stops and closes the port and removes its device, with any other port it has. Mbufs it holds return to their pools. */
int ctd_port_detach(uint16_t port);

/* -ENOTSUP when the driver cannot. Statistics count frames and bytes since the port was attached. */
int ctd_port_promiscuous(uint16_t port, int on);
int ctd_port_set_mac(uint16_t port, const uint8_t mac[6]);
int ctd_port_stats(uint16_t port, struct ctd_port_stats *stats);

/* Hot. Up to n received frames, which now belong to the caller; returns how many. The port is started, queue < rx_queues. */
uint16_t ctd_rx_burst(uint16_t port, uint16_t queue, void **mbufs, uint16_t n);

/* Hot. Sends the first frames of mbufs and returns how many; they belong to the port, the rest still to the caller. */
uint16_t ctd_tx_burst(uint16_t port, uint16_t queue, void **mbufs, uint16_t n);

/* Hot. Readies frames with checksum offload as the NIC wants them; returns how many, the next one being what it cannot send. */
uint16_t ctd_tx_prepare(uint16_t port, uint16_t queue, void **mbufs, uint16_t n);
/* Rings ------------------------------------------------------------------------------------------------------------------------------- */
/* Pointers from one producer to one consumer, no lock, in the caller's memory, aligned to 64. `count`: a power of two, one less is used. */
int64_t ctd_ring_bytes(uint32_t count);
int ctd_ring_init(void *ring, const char *name, uint32_t count); /* name: at most 26 characters, for debuggers */

/* Hot. Places free, which for the producer only become more; the first of n pointers put in or taken out, and how many those were. */
uint32_t ctd_ring_room(const void *ring);
uint32_t ctd_ring_enqueue(void *ring, void *const *objects, uint32_t n);
uint32_t ctd_ring_dequeue(void *ring, void **objects, uint32_t n);
/* Forwarding tables ------------------------------------------------------------------------------------------------------------------ */
/*
 * Longest-prefix match over IPv4 (family 4) or IPv6 (family 6): addresses to numbers of next hops, 1 to 32767; 0 is what no prefix covers.
 * With `dense` a direct table (DIR-24-8, TRIE: 32 MB and one or two lines a lookup), otherwise a tree, for tables of a few prefixes.
 * `routes` is the most it will ever hold. Addresses are in network order here. One writer, and no reader while it writes.
 */
int ctd_fib_create(const char *name, int family, int dense, uint32_t routes, void **fib);
void ctd_fib_free(int family, void *fib);
int ctd_fib_set(int family, void *fib, const uint8_t *prefix, uint8_t length, uint16_t next_hop); /* adds or changes */
int ctd_fib_unset(int family, void *fib, const uint8_t *prefix, uint8_t length);                  /* -ENOENT */

/* Hot. n lookups; IPv4 addresses as numbers in host order. */
void ctd_fib_lookup4(void *fib, const uint32_t *addresses, uint64_t *next_hops, uint32_t n);
void ctd_fib_lookup6(void *fib, const uint8_t (*addresses)[16], uint64_t *next_hops, uint32_t n);
/* Flow rules -------------------------------------------------------------------------------------------------------------------------- */
/*
 * One direction of a connection for the device to forward by itself: what its packets look like as they come in, and what becomes of them.
 * Addresses, ports and VLAN ids are in network order, as they stand in a packet; of IPv4 the first four bytes of an address.
 */
struct ctd_flow {
	uint8_t src[16], dst[16], new_src[16], new_dst[16];
	uint16_t src_port, dst_port, new_src_port, new_dst_port;
	uint16_t vlan, new_vlan; /* ids, 0 for an untagged frame */
	uint16_t egress;         /* port that the packets leave by */
	uint8_t family, protocol; /* 4 or 6; 6 or 17 */
	uint8_t hops;             /* time to live the packets come with, above 1; 0 when they are not routed: it is neither asked nor taken from */
	uint8_t mac[6];           /* of a routed frame: whom it is for as it comes in; and from whom, to whom it goes on */
	uint8_t new_src_mac[6], new_dst_mac[6];
	uint8_t reserved[5];
};

struct ctd_flow_count {
	uint64_t packets, bytes; /* bytes as the device counts them: whole frames */
};

/*
 * Whole packets of exactly this tuple without IPv4 options, and of TCP without SYN, FIN and RST, are counted, rewritten, and leave by
 * `egress`; every other packet comes to a queue as before. All in one rule: nothing hangs on priorities, or on other rules of the device.
 * probe only asks. The text of a refusal is the driver's. -ENOTSUP, -ENOSYS: the driver cannot; -ENOSPC, -ENOMEM: no room; -EEXIST.
 * One thread at a time for a port; the port is started, and a rule's handle is good until it is destroyed or the port is stopped.
 */
int ctd_flow_probe(uint16_t port, const struct ctd_flow *flow);
int ctd_flow_create(uint16_t port, const struct ctd_flow *flow, void **rule);
int ctd_flow_query(uint16_t port, void *rule, int reset, struct ctd_flow_count *count); /* since it was made, or last reset */
int ctd_flow_destroy(uint16_t port, void *rule);
/* Capture files ----------------------------------------------------------------------------------------------------------------------- */
struct ctd_capture_meta {
	int64_t time_ns;          /* since 1970-01-01T00:00:00Z, leap seconds not counted */
	uint32_t captured_length; /* bytes in the file, and in the mbuf */
	uint32_t wire_length;     /* bytes the frame had */
};

/*
 * Opens a pcap or pcapng file, micro- or nanoseconds. -ENOENT, -EACCES and the like from the file system; -ENOTSUP: another link type than
 * Ethernet, named in the text; -EBADMSG: not a capture, in libpcap's words.
 */
int ctd_capture_open(const char *path, void **reader);

/*
 * Reads up to n frames in file order, chained when larger than the pool's data room. Returns how many, 0 at the end for good. -EBADMSG: the
 * file is truncated or corrupt here, again told after the frames before it. -ENOMEM: the pool is empty; the frame stays for the next call.
 */
int ctd_capture_read(void *reader, void *pool, void **mbufs, struct ctd_capture_meta *meta, uint32_t n);
void ctd_capture_close(void *reader);
/* Creates or empties a classic pcap file: nanoseconds, Ethernet, snap length 262144, host byte order. */
int ctd_capture_create(const char *path, void **writer);

/* Appends n frames, still the caller's, with their times in ns since 1970. -ENOSPC and the like; -ERANGE: before 1970 or after 2106. */
int ctd_capture_write(void *writer, void *const *mbufs, const int64_t *times_ns, uint32_t n);

/* Writes what is buffered and closes, also when it fails: a full disk may show only here. */
int ctd_capture_finish(void *writer);
#pragma GCC visibility pop
