/*
 * What an attacker sends: SYNs of a network to one server, datagrams to anywhere, or, for who knows that a table's hash is linear, SYNs that
 * all have one CRC32C or one Toeplitz hash. Both map the 64 bits of a tuple that are free to 32 by exclusive or alone, so half of a basis
 * of all tuples can be chosen to map to nothing: Gauss's elimination finds it, and in Gray's order of its sums each differs from the
 * last by one of them.
 */
#include <string.h>

#include <rte_hash_crc.h>
#include <rte_thash.h>

#include "attack.h"

/* The key that Microsoft publishes for RSS, and drivers use unless told otherwise. */
static const uint8_t published_key[] = {
	0x6d, 0x5a, 0x56, 0xda, 0x25, 0x5b, 0x0e, 0xc2, 0x41, 0x67, 0x25, 0x3d, 0x43, 0xa3, 0x8f, 0xb0, 0xd0, 0xca, 0x2b, 0xcb,
	0xae, 0x7b, 0x30, 0xb4, 0x77, 0xcb, 0x2d, 0xa3, 0x80, 0x30, 0xf2, 0x0c, 0x6a, 0x42, 0xb7, 0x3b, 0xbe, 0xac, 0x01, 0xfa,
};

static struct flow_ends4
ends_of(uint64_t tuple)
{
	return (struct flow_ends4){
		.src = flow_be32(ATTACK_SOURCE | (uint16_t)tuple),
		.dst = flow_be32(ATTACK_TARGET | (uint16_t)(tuple >> 32)),
		.src_port = flow_be16((uint16_t)(tuple >> 16)),
		.dst_port = flow_be16((uint16_t)(tuple >> 48)),
	};
}

static uint32_t
hash_of(enum attacker attacker, uint64_t tuple)
{
	struct flow_ends4 ends = ends_of(tuple);
	uint32_t words[3] = { ends.src, ends.dst, 0 };

	memcpy(&words[2], &ends.src_port, 2);
	memcpy((uint8_t *)&words[2] + 2, &ends.dst_port, 2);
	if (attacker == SAME_CRC)
		return rte_hash_crc(words, sizeof(words), UINT32_MAX);
	for (int i = 0; i < 3; i++)
		words[i] = flow_be32(words[i]);
	return rte_softrss(words, 3, published_key);
}

bool
attack_prepare(struct attack *attack)
{
	struct { uint32_t image; uint64_t bits; } pivots[32] = { 0 };
	int found = 0;

	if (attack->attacker != SAME_CRC && attack->attacker != SAME_TOEPLITZ)
		return true;
	attack->rss = hash_of(attack->attacker, 0);
	for (int bit = 0; bit < ATTACK_BITS && found < ATTACK_INVISIBLE; bit++) {
		uint64_t bits = 1ull << bit;
		uint32_t image = hash_of(attack->attacker, bits) ^ attack->rss;

		while (image != 0) {
			int top = 31 - __builtin_clz(image);

			if (pivots[top].image == 0) {
				pivots[top].image = image;
				pivots[top].bits = bits;
				break;
			}
			image ^= pivots[top].image;
			bits ^= pivots[top].bits;
		}
		if (image == 0)
			attack->invisible[found++] = bits;
	}
	for (int i = 0; i < found; i++)
		if (hash_of(attack->attacker, attack->invisible[i]) != attack->rss)
			return false;
	return found == ATTACK_INVISIBLE;
}

struct attack_place
attack_begin(const struct attack *attack, uint32_t index)
{
	struct attack_place place = { 0 };

	for (int i = 0; i < ATTACK_QUEUE_BITS; i++)
		place.tuple ^= (index >> i & 1) ? attack->invisible[ATTACK_INVISIBLE - 1 - i] : 0;
	return place;
}

static void
step(const struct attack *attack, struct attack_place *place)
{
	place->next++;
	place->tuple ^= attack->invisible[__builtin_ctzll(place->next) % (ATTACK_INVISIBLE - ATTACK_QUEUE_BITS)];
}

void
attack_put(const struct attack *attack, struct attack_place *place, uint32_t index, uint32_t queues, struct rte_mbuf *m)
{
	bool datagram = attack->attacker == DATAGRAMS, crafted = attack->attacker == SAME_CRC || attack->attacker == SAME_TOEPLITZ;
	/* Queues take turns at the numbers, so senders differ by number alone: all odd multiples of 31 bits do. */
	uint64_t n = place->next * queues + index;
	uint32_t sender = (uint32_t)(n * 0x9E3779B1u) & 0x7fffffff, other = (uint32_t)((n * 0x9E3779B97F4A7C15ull) >> 32);
	struct flow_ends4 ends = crafted ? ends_of(place->tuple) : (struct flow_ends4){
		.src = flow_be32(ATTACK_SOURCE | sender >> 15),
		.dst = flow_be32(ATTACK_TARGET | (datagram ? other >> 16 : 1)),
		.src_port = flow_be16((uint16_t)(1024 + (sender & 0x7fff))),
		.dst_port = flow_be16(datagram ? (uint16_t)(1024 + (other & 0x7fff)) : flow_server_port(FLOW_TCP)),
	};
	uint64_t head[FLOW_WORDS];

	if (datagram)
		flow_head4(head, FLOW_UDP, ends, 0, 0, 64);
	else
		flow_head4(head, FLOW_TCP, ends, 0, FLOW_SYN, 64);
	memcpy(rte_pktmbuf_mtod(m, void *), head, 64);
	m->data_len = 64;
	m->pkt_len = 64;
	m->hash.rss = attack->attacker == SAME_TOEPLITZ ? attack->rss : sender * 0x9E3779B1u;
	m->packet_type = RTE_PTYPE_L2_ETHER | RTE_PTYPE_L3_IPV4 | (datagram ? RTE_PTYPE_L4_UDP : RTE_PTYPE_L4_TCP);
	step(attack, place);
}
