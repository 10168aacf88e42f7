/* The attack's frames: connections that nobody has seen, none like another. */
#ifndef ATTACK_H
#define ATTACK_H

#include <stdbool.h>
#include <stdint.h>

#include <rte_mbuf.h>

#include "flow_frame.h"

/* Both networks are /16. Flows' servers reach the second, the other half of RFC 2544's, from number 2^31 on only. */
#define ATTACK_SOURCE 0xAC100000u /* 172.16.0.0 */
#define ATTACK_TARGET 0xC6130000u /* 198.19.0.0 */

/* A tuple in 64 bits: client's host part, client's port, server's host part, server's port, the first in the lowest. */
#define ATTACK_BITS 64
/* So many of them at least change a tuple and not a linear hash of 32 bits. */
#define ATTACK_INVISIBLE (ATTACK_BITS - 32)
/* The last of those tell queues apart. */
#define ATTACK_QUEUE_BITS 3

enum attacker { SYNS, DATAGRAMS, SAME_CRC, SAME_TOEPLITZ };

struct attack {
	enum attacker attacker;
	uint32_t rss;                        /* what every frame of SAME_TOEPLITZ has */
	uint64_t invisible[ATTACK_INVISIBLE]; /* what may be added to a tuple bit by bit with the hash as before */
};

/* What one queue has sent. */
struct attack_place {
	uint64_t next;  /* number of the frame */
	uint64_t tuple; /* of the last one, SAME_CRC and SAME_TOEPLITZ */
};

/* Solves for the tuples, where they are to share a hash. False when they would not. */
bool attack_prepare(struct attack *attack);

/* Where queue number `index` begins. */
struct attack_place attack_begin(const struct attack *attack, uint32_t index);

/* Writes the next frame of queue `index` of `queues`; none of the first 2^29 of a queue is like another, nor like one of another queue. */
void attack_put(const struct attack *attack, struct attack_place *place, uint32_t index, uint32_t queues, struct rte_mbuf *m);

#endif
