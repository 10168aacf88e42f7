/* net_flowgen as DPDK sees it: a device with queues and no hardware behind, its arguments, and counters that others may map. */
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

#include "net_flowgen.h"

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
	static const char *const attackers[] = { "syn", "udp", "crc", "toeplitz", NULL };
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
	} else if (strcmp(key, "attacker") == 0) {
		index = one_of(value, attackers);
		p->attack.attacker = index < 0 ? SYNS : (enum attacker)index;
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
		|| (p->frames.ipv6 && (p->frames.nat || p->size == 0)) || (p->rates[ATTACK] != 0 && p->rates[REGULAR] == 0)
		|| !attack_prepare(&p->attack)) {
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
			p->paced[i].attack = attack_begin(&p->attack, i);
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
	dev->rx_pkt_burst = flowgen_receive;
	dev->tx_pkt_burst = flowgen_transmit;
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
