#include <errno.h>

#include <rte_errno.h>
#include <rte_fib.h>
#include <rte_fib6.h>

#include "ctrack_dpdk.h"
#include "reason.h"

enum { NO_NEXT_HOP = 0, GROUPS_PER_ROUTE = 4, MOST_GROUPS = 32767 };

/* A prefix beyond the direct table takes a group of 256 entries; an IPv6 one several, on its way down. */
static uint32_t groups(uint32_t routes)
{
	uint32_t wanted = routes > MOST_GROUPS / GROUPS_PER_ROUTE ? MOST_GROUPS : routes * GROUPS_PER_ROUTE;
	return wanted < 256 ? 256 : wanted;
}

int ctd_fib_create(const char *name, int family, int dense, uint32_t routes, void **fib)
{
	if (family == 4) {
		struct rte_fib_conf conf = { .type = dense ? RTE_FIB_DIR24_8 : RTE_FIB_DUMMY, .default_nh = NO_NEXT_HOP, .max_routes = (int)routes };
		conf.dir24_8.nh_sz = RTE_FIB_DIR24_8_2B;
		conf.dir24_8.num_tbl8 = groups(routes);
		*fib = rte_fib_create(name, -1, &conf);
	} else {
		struct rte_fib6_conf conf = { .type = dense ? RTE_FIB6_TRIE : RTE_FIB6_DUMMY, .default_nh = NO_NEXT_HOP, .max_routes = (int)routes };
		conf.trie.nh_sz = RTE_FIB6_TRIE_2B;
		conf.trie.num_tbl8 = groups(routes);
		*fib = rte_fib6_create(name, -1, &conf);
	}
	return *fib ? 0 : reason_text(rte_errno ? -rte_errno : -ENOMEM, "%s", rte_strerror(rte_errno ? rte_errno : ENOMEM));
}

void ctd_fib_free(int family, void *fib)
{
	if (family == 4)
		rte_fib_free(fib);
	else
		rte_fib6_free(fib);
}

static uint32_t number(const uint8_t *address)
{
	return (uint32_t)address[0] << 24 | (uint32_t)address[1] << 16 | (uint32_t)address[2] << 8 | address[3];
}

static int done(int status)
{
	return status == 0 ? 0 : reason_text(status, "%s", rte_strerror(-status));
}

int ctd_fib_set(int family, void *fib, const uint8_t *prefix, uint8_t length, uint16_t next_hop)
{
	return done(family == 4 ? rte_fib_add(fib, number(prefix), length, next_hop) : rte_fib6_add(fib, prefix, length, next_hop));
}

int ctd_fib_unset(int family, void *fib, const uint8_t *prefix, uint8_t length)
{
	return done(family == 4 ? rte_fib_delete(fib, number(prefix), length) : rte_fib6_delete(fib, prefix, length));
}

void ctd_fib_lookup4(void *fib, const uint32_t *addresses, uint64_t *next_hops, uint32_t n)
{
	rte_fib_lookup_bulk(fib, (uint32_t *)(uintptr_t)addresses, next_hops, (int)n);
}

void ctd_fib_lookup6(void *fib, const uint8_t (*addresses)[16], uint64_t *next_hops, uint32_t n)
{
	rte_fib6_lookup_bulk(fib, (uint8_t (*)[16])(uintptr_t)addresses, next_hops, (int)n);
}
