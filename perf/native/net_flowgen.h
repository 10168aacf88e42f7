/* The packet source's ports and queues, as their frames (net_flowgen.c) and their device (net_flowgen_device.c) know them. */
#ifndef NET_FLOWGEN_H
#define NET_FLOWGEN_H

#include <stdbool.h>
#include <stdint.h>

#include <rte_ether.h>
#include <rte_mbuf.h>

#include "attack.h"
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
	struct attack_place attack;
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
	struct attack attack;
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
struct warm_up {
	uint64_t next, block, done;
	uint64_t due, interval; /* when the next block may begin, ticks of the time-stamp counter; ticks between two flows */
	int step;
	bool active;
} __rte_cache_aligned;

extern struct warm_up warm_ups[MAX_QUEUES];

/* A queue's burst functions. */
uint16_t flowgen_receive(void *queue, struct rte_mbuf **mbufs, uint16_t n);
uint16_t flowgen_transmit(void *queue, struct rte_mbuf **mbufs, uint16_t n);

#endif
