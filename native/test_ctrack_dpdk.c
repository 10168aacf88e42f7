/*
 * The shim on its own: EAL starts and prints nothing, reasons are told, frames go through and return to their pool.
 * Arguments, if any, are EAL's; otherwise it starts without hugepages.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ctrack_dpdk.h"

static void check(int holds, const char *what)
{
	if (!holds) {
		fprintf(stderr, "FAILED: %s (%s)\n", what, ctd_last_error());
		exit(1);
	}
}

int main(int argc, char **argv)
{
	char prefix[32], *no_huge[] = { "test", "--no-pci", "--no-huge", "--no-shconf", "--no-telemetry", "-m", "64", "--lcores=0@0",
				     "--iova-mode=va", "--file-prefix", prefix, NULL };
	struct ctd_mbuf_layout layout;
	struct ctd_port_config config = { .rx_queues = 1, .tx_queues = 1, .features = UINT32_MAX };
	struct ctd_port_stats stats;
	static _Alignas(64) char ring[4096];
	struct ctd_flow flow = { .family = 4, .protocol = 6, .hops = 64 };
	void *pool, *mbufs[32], *taken[32], *rule = &flow;
	int port;

	snprintf(prefix, sizeof(prefix), "ctrack-test-%d", getpid());
	check(ctd_thread_register() == -ENODEV, "nothing works before EAL has started");
	check((argc > 1 ? ctd_eal_start(argc, argv) : ctd_eal_start(11, no_huge)) == 0, "EAL starts");
	check(ctd_eal_start(11, no_huge) == -EALREADY, "EAL starts once");
	ctd_mbuf_layout(&layout);
	check(layout.size == 128 && layout.data_off == 16, "mbufs look as expected");
	check(ctd_pool_create("test", 511, 2176, 32, -1, &pool) == 0, "a pool is made");
	check(ctd_pool_create("test", 511, 2176, 32, -1, &mbufs[0]) == -EEXIST, "a pool's name is its own");
	check(ctd_port_attach("net_nonsense0") < 0 && strstr(ctd_last_error(), "net_nonsense0"), "an unknown driver is named");
	port = ctd_port_attach("net_ring0");
	check(port >= 0 && ctd_port_lookup("net_ring0") == port, "a port is attached");
	check(ctd_port_configure(port, &config, &pool) == 0 && ctd_port_start(port) == 0, "the port starts");
	check(ctd_mbuf_alloc_bulk(pool, mbufs, 32) == 0, "mbufs are there");
	check(ctd_tx_burst(port, 0, mbufs, 32) == 32 && ctd_rx_burst(port, 0, mbufs, 32) == 32, "the ring returns what it got");
	check(ctd_port_stats(port, &stats) == 0 && stats.ipackets == 32 && stats.opackets == 32, "the port counts");
	check(ctd_flow_probe(port, &flow) < 0 && ctd_last_error()[0], "a port without a switch says that it has none");
	check(ctd_flow_create(port, &flow, &rule) < 0 && rule == NULL && ctd_last_error()[0], "and takes no rule");
	check(ctd_ring_bytes(15) == -EINVAL, "a ring has a power of two of places");
	check(ctd_ring_bytes(16) <= (int64_t)sizeof(ring) && ctd_ring_init(ring, "test", 16) == 0, "a ring is made");
	check(ctd_ring_enqueue(ring, mbufs, 32) == 15 && ctd_ring_room(ring) == 0, "a ring takes one less than its places");
	check(ctd_ring_dequeue(ring, taken, 32) == 15, "and gives them back");
	check(memcmp(taken, mbufs, 15 * sizeof(void *)) == 0 && ctd_ring_dequeue(ring, taken, 32) == 0, "in order, once");
	ctd_mbuf_free_bulk(mbufs, 32);
	check(ctd_port_detach(port) == 0 && ctd_port_lookup("net_ring0") == -ENODEV, "the port goes away");
	check(ctd_pool_available(pool) == 511, "every mbuf is back");
	check(ctd_eal_stop() == 0, "EAL stops");
	puts("libctrack-dpdk: ok");
	return 0;
}
