#define _GNU_SOURCE
#include <assert.h>
#include <dirent.h>
#include <dlfcn.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <rte_cycles.h>
#include <rte_dev.h>
#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_ethdev.h>
#include <rte_ip.h>
#include <rte_lcore.h>
#include <rte_log.h>
#include <rte_mbuf.h>
#include <rte_ring.h>

#include "ctrack_dpdk.h"
#include "reason.h"

/*
 * DPDK tells the reason of a failure only to its log. The log therefore is a stream of ours, and what a thread logs during a call is kept
 * for that thread. Errors outrank warnings: as soon as one error is heard, only errors are kept.
 */
static __thread char last_error[2048], heard[2048];
static __thread int heard_level;
static _Atomic int echo_fd = -1;
static _Atomic bool eal_running;

const char *ctd_last_error(void) { return last_error; }
void ctd_log_echo(int fd) { echo_fd = fd; }

static void reason_begin(void)
{
	heard[0] = 0;
	heard_level = RTE_LOG_WARNING;
	rte_errno = 0;
}

int reason_text(int status, const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	vsnprintf(last_error, sizeof(last_error), format, arguments);
	va_end(arguments);
	return status;
}

/* Status of a call into DPDK: its own, or what rte_errno says when it is a bare -1. */
static int done(int status)
{
	if (status >= 0)
		return 0;
	status = status != -1 ? status : rte_errno ? -rte_errno : -EIO;
	return reason_text(status, "%s", heard[0] ? heard : rte_strerror(-status));
}

static void hear(int level, const char *text, size_t size)
{
	size_t used;
	while (size && (text[size - 1] == '\n' || text[size - 1] == ' '))
		size--;
	if (size == 0 || level > heard_level)
		return;
	if (level <= (int)RTE_LOG_ERR && heard_level > (int)RTE_LOG_ERR) {
		heard[0] = 0;
		heard_level = RTE_LOG_ERR;
	}
	used = strlen(heard);
	snprintf(heard + used, sizeof(heard) - used, "%s%.*s", used ? "; " : "", (int)size, text);
}

/* While EAL starts, it and getopt also talk to stderr; what EAL says there as FATAL it logs once more as an error. */
static ssize_t on_text(void *from_stderr, const char *text, size_t size)
{
	if (!from_stderr || strncmp(text, "EAL: FATAL", 10) != 0) {
		hear(from_stderr ? (int)RTE_LOG_ERR : rte_log_cur_msg_loglevel(), text, size);
		if (echo_fd >= 0 && write(echo_fd, text, size) < 0)
			echo_fd = -1; /* whoever listened is gone */
	}
	return size;
}

static FILE *stream(bool from_stderr)
{
	FILE *file = fopencookie(from_stderr ? last_error : NULL, "w", (cookie_io_functions_t){ .write = on_text });
	if (file)
		setvbuf(file, NULL, _IOLBF, 0);
	return file;
}

/* <run-time directory>/dpdk, chosen as EAL chooses it. */
static void runtime_parent(char *path, size_t size)
{
	const char *directory = getenv("RUNTIME_DIRECTORY");
	if (!directory)
		directory = getuid() == 0 ? "/var/run" : getenv("XDG_RUNTIME_DIR");
	snprintf(path, size, "%s/dpdk", directory ? directory : "/tmp");
}

/* EAL's names for them, so that what it loads afterwards is there already. */
void ctd_drivers_load(void)
{
	static const char folder[] = RTE_EAL_PMD_PATH;
	DIR *drivers = opendir(folder);
	struct dirent *entry;
	if (!drivers)
		return;
	while ((entry = readdir(drivers))) {
		char path[sizeof(folder) + sizeof(entry->d_name) + 1];
		const char *suffix = strrchr(entry->d_name, '.');
		if (!suffix || strcmp(suffix, ".so") != 0)
			continue;
		snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name);
		dlopen(path, RTLD_NOW);
	}
	closedir(drivers);
}

int ctd_eal_start(int argc, char **argv)
{
	static pthread_mutex_t one_at_a_time = PTHREAD_MUTEX_INITIALIZER;
	static FILE *log, *quiet_err, *quiet_out;
	FILE *out = stdout, *err = stderr;
	char parent[PATH_MAX];
	cpu_set_t affinity;
	int status = -ENOMEM;
	pthread_mutex_lock(&one_at_a_time);
	reason_begin();
	if (!quiet_out && (!(log = stream(false)) || !(quiet_err = stream(true)) || !(quiet_out = fopen("/dev/null", "we"))))
		goto unlock;
	rte_openlog_stream(log);
	runtime_parent(parent, sizeof(parent));
	bool had_parent = access(parent, F_OK) == 0;
	pthread_getaffinity_np(pthread_self(), sizeof(affinity), &affinity);

	stdout = quiet_out; /* EAL's usage text */
	stderr = quiet_err;
	status = rte_eal_init(argc, argv);
	fflush(quiet_err);
	stdout = out;
	stderr = err;

	eal_running |= status >= 0;
	pthread_setaffinity_np(pthread_self(), sizeof(affinity), &affinity);
	/* With --no-shconf, part of --in-memory, the directory stays empty and can go at once: even a killed process leaves nothing. */
	if (rte_eal_get_runtime_dir()[0] && rmdir(rte_eal_get_runtime_dir()) == 0 && !had_parent)
		rmdir(parent);
unlock:
	pthread_mutex_unlock(&one_at_a_time);
	return done(status);
}

static int no_eal(void) { return reason_text(-ENODEV, "EAL is not running"); }

int ctd_eal_stop(void)
{
	if (!atomic_exchange(&eal_running, false))
		return no_eal();
	reason_begin();
	return done(rte_eal_cleanup());
}

int ctd_thread_register(void)
{
	if (!eal_running)
		return no_eal();
	reason_begin();
	return done(rte_thread_register());
}

void ctd_thread_unregister(void) { rte_thread_unregister(); }
uint64_t ctd_tsc(void) { return rte_rdtsc(); }
uint64_t ctd_tsc_hz(void) { return rte_get_tsc_hz(); }

int ctd_pool_create(const char *name, uint32_t count, uint16_t data_room, uint32_t cache, int32_t socket, void **pool)
{
	if (!eal_running)
		return no_eal();
	reason_begin();
	*pool = rte_pktmbuf_pool_create(name, count, cache, 0, data_room, socket);
	return done(*pool ? 0 : -1);
}

uint32_t ctd_pool_available(const void *pool) { return rte_mempool_avail_count(pool); }
void ctd_pool_free(void *pool) { rte_mempool_free(pool); }

void ctd_mbuf_layout(struct ctd_mbuf_layout *layout)
{
#define OFFSET(field) .field = offsetof(struct rte_mbuf, field)
	*layout = (struct ctd_mbuf_layout){
		OFFSET(buf_addr), OFFSET(data_off), OFFSET(refcnt), OFFSET(nb_segs), OFFSET(port), OFFSET(ol_flags), OFFSET(packet_type),
		OFFSET(pkt_len), OFFSET(data_len), OFFSET(vlan_tci), .rss_hash = offsetof(struct rte_mbuf, hash.rss), OFFSET(vlan_tci_outer),
		OFFSET(buf_len), OFFSET(pool), OFFSET(next), OFFSET(tx_offload),
		.size = sizeof(struct rte_mbuf), .headroom = RTE_PKTMBUF_HEADROOM,
	};
#undef OFFSET
}

int ctd_mbuf_alloc_bulk(void *pool, void **mbufs, uint32_t n) { return rte_pktmbuf_alloc_bulk(pool, (void *)mbufs, n) ? -ENOMEM : 0; }
void ctd_mbuf_free_bulk(void **mbufs, uint32_t n) { rte_pktmbuf_free_bulk((void *)mbufs, n); }

static inline int duplicate(void *pool, void *const *frames, void **copies, uint32_t n, bool share)
{
	for (uint32_t i = 0; i < n; i++) {
		copies[i] = share ? rte_pktmbuf_clone(frames[i], pool) : rte_pktmbuf_copy(frames[i], pool, 0, UINT32_MAX);
		if (unlikely(!copies[i])) {
			ctd_mbuf_free_bulk(copies, i);
			return -ENOMEM;
		}
	}
	return 0;
}

int ctd_mbuf_clone_bulk(void *pool, void *const *frames, void **clones, uint32_t n) { return duplicate(pool, frames, clones, n, true); }
int ctd_mbuf_copy_bulk(void *pool, void *const *frames, void **copies, uint32_t n) { return duplicate(pool, frames, copies, n, false); }

int ctd_mbuf_linearize(void *frame)
{
	if (rte_pktmbuf_linearize(frame) < 0)
		return reason_text(-ENOSPC, "a frame of %u bytes does not fit its first segment", ((struct rte_mbuf *)frame)->pkt_len);
	return 0;
}

static inline bool within(const struct rte_mbuf *m, uint32_t offset, uint32_t length)
{
	return offset <= m->pkt_len && length <= m->pkt_len - offset;
}

const void *ctd_mbuf_read(const void *frame, uint32_t offset, uint32_t length, void *buffer)
{
	return within(frame, offset, length) ? rte_pktmbuf_read(frame, offset, length, buffer) : NULL;
}

/* DPDK 22.11's rte_raw_cksum_mbuf() drops carries when a segment starts at an odd offset of the range, so the segments are summed here. */
int ctd_mbuf_raw_cksum(const void *frame, uint32_t offset, uint32_t length, uint16_t *sum)
{
	const struct rte_mbuf *m = frame;
	uint32_t total = 0, done = 0;
	if (unlikely(!within(m, offset, length)))
		return -EINVAL;
	for (; offset >= m->data_len && m->next; m = m->next)
		offset -= m->data_len;
	for (; done < length; m = m->next, offset = 0) {
		uint32_t size = RTE_MIN(length - done, m->data_len - offset);
		uint16_t part = rte_raw_cksum(rte_pktmbuf_mtod_offset(m, const char *, offset), size);
		total += done & 1 ? rte_bswap16(part) : part;
		done += size;
	}
	*sum = __rte_raw_cksum_reduce(total);
	return 0;
}

static const struct { uint32_t feature; uint64_t rx, tx; } offloads[] = {
	{ CTD_RX_CHECKSUM_IP, RTE_ETH_RX_OFFLOAD_IPV4_CKSUM, 0 },
	{ CTD_RX_CHECKSUM_L4, RTE_ETH_RX_OFFLOAD_TCP_CKSUM | RTE_ETH_RX_OFFLOAD_UDP_CKSUM, 0 },
	{ CTD_TX_CHECKSUM_IP, 0, RTE_ETH_TX_OFFLOAD_IPV4_CKSUM },
	{ CTD_TX_CHECKSUM_L4, 0, RTE_ETH_TX_OFFLOAD_TCP_CKSUM | RTE_ETH_TX_OFFLOAD_UDP_CKSUM },
	{ CTD_RX_SCATTER, RTE_ETH_RX_OFFLOAD_SCATTER, 0 },
	{ CTD_TX_CHAIN, 0, RTE_ETH_TX_OFFLOAD_MULTI_SEGS },
};

/* Toeplitz is symmetric under exchange of source and destination when the key repeats every 16 bits (Woo and Park, 2012). */
#define FOUR_TIMES(text) text text text text
static uint8_t symmetric_key[] = FOUR_TIMES(FOUR_TIMES(FOUR_TIMES("\x6d\x5a\x6d\x5a"))); /* 256 bytes, whatever hash_key_size asks for */
static const uint64_t symmetric_types = RTE_ETH_RSS_IP | RTE_ETH_RSS_TCP | RTE_ETH_RSS_UDP | RTE_ETH_RSS_SCTP;

static uint32_t features_of(const struct rte_eth_dev_info *dev)
{
	uint32_t features = dev->hash_key_size && dev->flow_type_rss_offloads & symmetric_types ? CTD_RSS_SYMMETRIC : 0;
	for (size_t i = 0; i < RTE_DIM(offloads); i++)
		if ((dev->rx_offload_capa & offloads[i].rx) == offloads[i].rx && (dev->tx_offload_capa & offloads[i].tx) == offloads[i].tx)
			features |= offloads[i].feature;
	return features;
}

int ctd_port_lookup(const char *name)
{
	uint16_t port;
	return rte_eth_dev_get_port_by_name(name, &port) == 0 ? port : reason_text(-ENODEV, "no port named %s", name);
}

int ctd_port_attach(const char *device)
{
	struct rte_dev_iterator iterator;
	uint16_t port, first = RTE_MAX_ETHPORTS;
	char name[RTE_ETH_NAME_MAX_LEN];
	int status;
	if (!eal_running)
		return no_eal();
	snprintf(name, sizeof(name), "%.*s", (int)strcspn(device, ","), device);
	if (rte_eth_dev_get_port_by_name(name, &port) == 0) /* rte_dev_probe() would succeed, with the arguments it had then */
		return reason_text(-EEXIST, "%s is attached already", name);
	reason_begin();
	if ((status = rte_dev_probe(device)) < 0)
		return done(status);
	RTE_ETH_FOREACH_MATCHING_DEV(port, device, &iterator)
		first = RTE_MIN(first, port);
	return first < RTE_MAX_ETHPORTS ? first : reason_text(-ENODEV, "%s has no Ethernet port", device);
}

static_assert(sizeof(((struct ctd_port_info *)0)->device) >= RTE_ETH_NAME_MAX_LEN, "a device name fits");

int ctd_port_info(uint16_t port, struct ctd_port_info *info)
{
	struct rte_eth_dev_info dev;
	struct rte_eth_link link = { 0 };
	int status;
	reason_begin();
	if ((status = rte_eth_dev_info_get(port, &dev)) < 0)
		return done(status);
	*info = (struct ctd_port_info){
		.rss_types = dev.flow_type_rss_offloads, .features = features_of(&dev), .socket = rte_eth_dev_socket_id(port),
		.max_rx_queues = dev.max_rx_queues, .max_tx_queues = dev.max_tx_queues,
		.min_mtu = dev.min_mtu, .max_mtu = dev.max_mtu, .rss_key_size = dev.hash_key_size,
	};
	rte_eth_dev_get_name_by_port(port, info->device);
	snprintf(info->driver, sizeof(info->driver), "%s", dev.driver_name);
	rte_eth_dev_get_mtu(port, &info->mtu);
	rte_eth_macaddr_get(port, (struct rte_ether_addr *)info->mac);
	rte_eth_link_get_nowait(port, &link);
	info->link_mbps = link.link_speed;
	info->link_up = link.link_status;
	info->full_duplex = link.link_duplex;
	return 0;
}

int ctd_port_configure(uint16_t port, struct ctd_port_config *config, void *const *rx_pools)
{
	struct rte_eth_dev_info dev;
	struct rte_eth_conf conf = { .rxmode.mtu = config->mtu };
	int status;
	reason_begin();
	if ((status = rte_eth_dev_info_get(port, &dev)) < 0)
		return done(status);
	config->features &= features_of(&dev);
	for (size_t i = 0; i < RTE_DIM(offloads); i++)
		if (config->features & offloads[i].feature) {
			conf.rxmode.offloads |= offloads[i].rx;
			conf.txmode.offloads |= offloads[i].tx;
		}
	if (config->features & CTD_RSS_SYMMETRIC) {
		conf.rxmode.mq_mode = RTE_ETH_MQ_RX_RSS;
		conf.rx_adv_conf.rss_conf = (struct rte_eth_rss_conf){
			symmetric_key, dev.hash_key_size, dev.flow_type_rss_offloads & symmetric_types };
	}
	if ((status = rte_eth_dev_configure(port, config->rx_queues, config->tx_queues, &conf)) < 0)
		return done(status);
	config->rx_ring = config->rx_ring ?: dev.default_rxportconf.ring_size ?: RTE_ETH_DEV_FALLBACK_RX_RINGSIZE;
	config->tx_ring = config->tx_ring ?: dev.default_txportconf.ring_size ?: RTE_ETH_DEV_FALLBACK_TX_RINGSIZE;
	status = rte_eth_dev_adjust_nb_rx_tx_desc(port, &config->rx_ring, &config->tx_ring);
	for (uint16_t q = 0; status >= 0 && q < config->rx_queues; q++)
		status = rte_eth_rx_queue_setup(port, q, config->rx_ring, rte_eth_dev_socket_id(port), NULL, rx_pools[q]);
	for (uint16_t q = 0; status >= 0 && q < config->tx_queues; q++)
		status = rte_eth_tx_queue_setup(port, q, config->tx_ring, rte_eth_dev_socket_id(port), NULL);
	rte_eth_dev_get_mtu(port, &config->mtu);
	return done(status);
}

int ctd_port_start(uint16_t port) { reason_begin(); return done(rte_eth_dev_start(port)); }
int ctd_port_stop(uint16_t port) { reason_begin(); return done(rte_eth_dev_stop(port)); }

int ctd_port_detach(uint16_t port)
{
	struct rte_eth_dev_info dev;
	int status;
	reason_begin();
	if ((status = rte_eth_dev_info_get(port, &dev)) == 0 && (status = rte_eth_dev_stop(port)) == 0 &&
	    (status = rte_eth_dev_close(port)) == 0)
		status = rte_dev_remove(dev.device);
	return done(status);
}

int ctd_port_promiscuous(uint16_t port, int on)
{
	reason_begin();
	return done((on ? rte_eth_promiscuous_enable : rte_eth_promiscuous_disable)(port));
}

int ctd_port_set_mac(uint16_t port, const uint8_t mac[6])
{
	struct rte_ether_addr address;
	memcpy(address.addr_bytes, mac, sizeof(address.addr_bytes));
	reason_begin();
	return done(rte_eth_dev_default_mac_addr_set(port, &address));
}

int ctd_port_stats(uint16_t port, struct ctd_port_stats *stats)
{
	struct rte_eth_stats s = { 0 };
	reason_begin();
	int status = done(rte_eth_stats_get(port, &s));
	*stats = (struct ctd_port_stats){ s.ipackets, s.opackets, s.ibytes, s.obytes, s.imissed, s.ierrors, s.oerrors, s.rx_nombuf };
	return status;
}

uint16_t ctd_rx_burst(uint16_t port, uint16_t queue, void **mbufs, uint16_t n) { return rte_eth_rx_burst(port, queue, (void *)mbufs, n); }
uint16_t ctd_tx_burst(uint16_t port, uint16_t queue, void **mbufs, uint16_t n) { return rte_eth_tx_burst(port, queue, (void *)mbufs, n); }
uint16_t ctd_tx_prepare(uint16_t port, uint16_t q, void **mbufs, uint16_t n) { return rte_eth_tx_prepare(port, q, (void *)mbufs, n); }

int64_t ctd_ring_bytes(uint32_t count) { return rte_ring_get_memsize(count); }
int ctd_ring_init(void *ring, const char *name, uint32_t count) { return done(rte_ring_init(ring, name, count, RING_F_SP_ENQ | RING_F_SC_DEQ)); }
uint32_t ctd_ring_room(const void *ring) { return rte_ring_free_count(ring); }
uint32_t ctd_ring_enqueue(void *ring, void *const *objects, uint32_t n) { return rte_ring_sp_enqueue_burst(ring, objects, n, NULL); }
uint32_t ctd_ring_dequeue(void *ring, void **objects, uint32_t n) { return rte_ring_sc_dequeue_burst(ring, objects, n, NULL); }
