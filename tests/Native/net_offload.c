/*
 * net_offload: a DPDK port for tests that carries flow rules out by itself, as a NIC with a switch in it does. Its wire is a socket:
 *
 *   net_offload0,wire=/tmp/a[,rules=N]    frames come to the unix datagram socket /tmp/a and leave to /tmp/a.peer
 *
 * A frame that a rule matches is counted, rewritten, and leaves by the wire of the rule's port; the program that has the port never sees it.
 * It takes the rules that ctd_flow_create() makes, at most N of them, and refuses others. The actions are written from rte_flow's and the
 * RFCs' text alone, so that the program's own idea of a rewritten packet is tested against another one.
 */
#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <bus_vdev_driver.h>
#include <ethdev_driver.h>
#include <ethdev_vdev.h>
#include <rte_flow.h>
#include <rte_flow_driver.h>
#include <rte_kvargs.h>
#include <rte_mbuf.h>

enum { HEADERS = 14 + 4 + 40 + 20, FRAME = 2048, HEADROOM = 8, MOST_RULES = 4096 };

struct rte_flow {
	TAILQ_ENTRY(rte_flow) next;
	uint8_t spec[HEADERS], mask[HEADERS];
	uint32_t length;
	bool ipv6, tagged, tcp;
	bool set_src, set_dst, set_src_port, set_dst_port, set_src_mac, set_dst_mac, dec_ttl, pop, push, set_vid;
	uint8_t src[16], dst[16], src_mac[6], dst_mac[6];
	uint16_t src_port, dst_port, vid;
	uint16_t egress;
	uint64_t packets, bytes;
};

struct offload_port {
	struct rte_ether_addr mac;
	uint16_t port;
	int wire;
	struct sockaddr_un peer;
	struct rte_mempool *pool;
	uint32_t rules, most_rules;
	uint64_t received, received_bytes, sent, sent_bytes, no_mbuf;
	char path[sizeof(((struct sockaddr_un *)0)->sun_path)];
	TAILQ_HEAD(, rte_flow) flows;
};

/* One for all ports: frames come one at a time, and what a rule counts on one port leaves by another. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static const struct eth_dev_ops operations;

/* RFC 1624, equation 3: what a checksum becomes when words under it change. */
static void
update(uint8_t *checksum, const uint8_t *before, const uint8_t *after, size_t bytes)
{
	uint32_t sum = (uint16_t)~(checksum[0] << 8 | checksum[1]);

	for (size_t i = 0; i < bytes; i += 2) {
		sum += (uint16_t)~(before[i] << 8 | before[i + 1]);
		sum += (uint32_t)(after[i] << 8 | after[i + 1]);
	}
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	sum = ~sum & 0xffff;
	checksum[0] = (uint8_t)(sum >> 8);
	checksum[1] = (uint8_t)sum;
}

/* Bytes of the IP or the transport header; `ip` for those that IPv4's header checksum covers too. */
static void
replace(const struct rte_flow *flow, uint8_t *ip, uint8_t *place, const void *value, size_t bytes, bool in_ip)
{
	uint8_t *transport = ip + (flow->ipv6 ? 40 : 20);
	uint8_t *checksum = transport + (flow->tcp ? 16 : 6);

	if (in_ip && !flow->ipv6)
		update(ip + 10, place, value, bytes);
	if (flow->tcp || checksum[0] != 0 || checksum[1] != 0) {
		update(checksum, place, value, bytes);
		if (!flow->tcp && checksum[0] == 0 && checksum[1] == 0)
			checksum[0] = checksum[1] = 0xff;
	}
	memcpy(place, value, bytes);
}

static void
put_on_wire(struct offload_port *p, const uint8_t *frame, size_t length)
{
	if (sendto(p->wire, frame, length, MSG_DONTWAIT, (const struct sockaddr *)&p->peer, sizeof(p->peer)) >= 0) {
		p->sent++;
		p->sent_bytes += length;
	}
}

/* `frame` has HEADROOM bytes in front of it. */
static void
forward(struct rte_flow *flow, uint8_t *frame, size_t length)
{
	uint8_t *ip = frame + (flow->tagged ? 18 : 14), *transport = ip + (flow->ipv6 ? 40 : 20);
	size_t address = flow->ipv6 ? 16 : 4;

	flow->packets++;
	flow->bytes += length;
	if (flow->set_src)
		replace(flow, ip, ip + (flow->ipv6 ? 8 : 12), flow->src, address, true);
	if (flow->set_dst)
		replace(flow, ip, ip + (flow->ipv6 ? 24 : 16), flow->dst, address, true);
	if (flow->set_src_port)
		replace(flow, ip, transport, &flow->src_port, 2, false);
	if (flow->set_dst_port)
		replace(flow, ip, transport + 2, &flow->dst_port, 2, false);
	if (flow->dec_ttl && flow->ipv6) {
		ip[7]--;
	} else if (flow->dec_ttl) {
		uint8_t word[2] = { (uint8_t)(ip[8] - 1), ip[9] };

		update(ip + 10, ip + 8, word, 2);
		ip[8] = word[0];
	}
	if (flow->pop) {
		memmove(frame + 4, frame, 12);
		frame += 4;
		length -= 4;
	}
	if (flow->push) {
		frame -= 4;
		length += 4;
		memmove(frame, frame + 4, 12);
		memcpy(frame + 12, "\x81\x00\x00\x00", 4);
	}
	if (flow->set_vid) {
		frame[14] = (uint8_t)((frame[14] & 0xf0) | (flow->vid >> 8));
		frame[15] = (uint8_t)flow->vid;
	}
	if (flow->set_dst_mac)
		memcpy(frame, flow->dst_mac, 6);
	if (flow->set_src_mac)
		memcpy(frame + 6, flow->src_mac, 6);
	put_on_wire(rte_eth_devices[flow->egress].data->dev_private, frame, length);
}

static struct rte_flow *
find(struct offload_port *p, const uint8_t *frame, size_t length)
{
	struct rte_flow *flow;

	TAILQ_FOREACH(flow, &p->flows, next) {
		uint32_t at = 0;

		if (length < flow->length)
			continue;
		while (at < flow->length && (frame[at] & flow->mask[at]) == (flow->spec[at] & flow->mask[at]))
			at++;
		if (at == flow->length)
			return flow;
	}
	return NULL;
}

static uint16_t
receive(void *queue, struct rte_mbuf **mbufs, uint16_t n)
{
	struct offload_port *p = queue;
	uint8_t room[HEADROOM + FRAME], *frame = room + HEADROOM;
	uint16_t count = 0;

	while (count < n) {
		ssize_t length = recv(p->wire, frame, FRAME, MSG_DONTWAIT);
		struct rte_flow *flow;

		if (length < RTE_ETHER_HDR_LEN)
			break;
		p->received++;
		p->received_bytes += (uint64_t)length;
		pthread_mutex_lock(&lock);
		flow = find(p, frame, (size_t)length);
		if (flow != NULL)
			forward(flow, frame, (size_t)length);
		pthread_mutex_unlock(&lock);
		if (flow != NULL)
			continue;
		mbufs[count] = rte_pktmbuf_alloc(p->pool);
		if (mbufs[count] == NULL || rte_pktmbuf_append(mbufs[count], (uint16_t)length) == NULL) {
			rte_pktmbuf_free(mbufs[count]);
			p->no_mbuf++;
			break;
		}
		memcpy(rte_pktmbuf_mtod(mbufs[count], void *), frame, (size_t)length);
		mbufs[count++]->port = p->port;
	}
	return count;
}

static uint16_t
transmit(void *queue, struct rte_mbuf **mbufs, uint16_t n)
{
	struct offload_port *p = queue;
	uint8_t room[FRAME];

	for (int i = 0; i < n; i++) {
		uint32_t length = rte_pktmbuf_pkt_len(mbufs[i]);
		const void *frame = length <= FRAME ? rte_pktmbuf_read(mbufs[i], 0, length, room) : NULL;

		if (frame != NULL) {
			pthread_mutex_lock(&lock);
			put_on_wire(p, frame, length);
			pthread_mutex_unlock(&lock);
		}
		rte_pktmbuf_free(mbufs[i]);
	}
	return n;
}

/* Appends a header to what a rule looks at. */
static int
look_at(struct rte_flow *flow, const struct rte_flow_item *item, size_t bytes)
{
	if (item->spec == NULL || item->mask == NULL || item->last != NULL || flow->length + bytes > HEADERS)
		return -ENOTSUP;
	memcpy(flow->spec + flow->length, item->spec, bytes);
	memcpy(flow->mask + flow->length, item->mask, bytes);
	flow->length += (uint32_t)bytes;
	return 0;
}

static int
parse_pattern(struct rte_flow *flow, uint16_t port, const struct rte_flow_item *item)
{
	int status = 0;
	bool has_ip = false, has_transport = false;

	if (item->type != RTE_FLOW_ITEM_TYPE_REPRESENTED_PORT || item->spec == NULL
		|| ((const struct rte_flow_item_ethdev *)item->spec)->port_id != port)
		return -ENOTSUP;
	for (item++; item->type != RTE_FLOW_ITEM_TYPE_END && status == 0; item++) {
		switch (item->type) {
		case RTE_FLOW_ITEM_TYPE_ETH:
			status = flow->length == 0 ? look_at(flow, item, sizeof(struct rte_ether_hdr)) : -ENOTSUP;
			break;
		case RTE_FLOW_ITEM_TYPE_VLAN:
			flow->tagged = true;
			status = flow->length == 14 ? look_at(flow, item, sizeof(struct rte_vlan_hdr)) : -ENOTSUP;
			break;
		case RTE_FLOW_ITEM_TYPE_IPV4:
			/* Only where it is certain where the transport header begins. */
			status = flow->length >= 14 && (((const struct rte_flow_item_ipv4 *)item->mask)->hdr.version_ihl & 15) == 15
				? look_at(flow, item, sizeof(struct rte_ipv4_hdr)) : -ENOTSUP;
			has_ip = true;
			break;
		case RTE_FLOW_ITEM_TYPE_IPV6:
			flow->ipv6 = has_ip = true;
			status = flow->length >= 14 ? look_at(flow, item, sizeof(struct rte_ipv6_hdr)) : -ENOTSUP;
			break;
		case RTE_FLOW_ITEM_TYPE_TCP:
			flow->tcp = has_transport = true;
			status = has_ip ? look_at(flow, item, sizeof(struct rte_tcp_hdr)) : -ENOTSUP;
			break;
		case RTE_FLOW_ITEM_TYPE_UDP:
			has_transport = true;
			status = has_ip ? look_at(flow, item, sizeof(struct rte_udp_hdr)) : -ENOTSUP;
			break;
		default:
			status = -ENOTSUP;
		}
	}
	return status != 0 ? status : has_transport ? 0 : -ENOTSUP;
}

static int
parse_action(struct rte_flow *flow, const struct rte_flow_action *action, bool *counts, bool *leaves)
{
	switch (action->type) {
	case RTE_FLOW_ACTION_TYPE_COUNT:
		*counts = true;
		return 0;
	case RTE_FLOW_ACTION_TYPE_SET_IPV4_SRC:
	case RTE_FLOW_ACTION_TYPE_SET_IPV6_SRC:
		flow->set_src = true;
		memcpy(flow->src, action->conf, flow->ipv6 ? 16 : 4);
		return flow->ipv6 == (action->type == RTE_FLOW_ACTION_TYPE_SET_IPV6_SRC) ? 0 : -EINVAL;
	case RTE_FLOW_ACTION_TYPE_SET_IPV4_DST:
	case RTE_FLOW_ACTION_TYPE_SET_IPV6_DST:
		flow->set_dst = true;
		memcpy(flow->dst, action->conf, flow->ipv6 ? 16 : 4);
		return flow->ipv6 == (action->type == RTE_FLOW_ACTION_TYPE_SET_IPV6_DST) ? 0 : -EINVAL;
	case RTE_FLOW_ACTION_TYPE_SET_TP_SRC:
		flow->set_src_port = true;
		memcpy(&flow->src_port, action->conf, 2);
		return 0;
	case RTE_FLOW_ACTION_TYPE_SET_TP_DST:
		flow->set_dst_port = true;
		memcpy(&flow->dst_port, action->conf, 2);
		return 0;
	case RTE_FLOW_ACTION_TYPE_SET_MAC_SRC:
		flow->set_src_mac = true;
		memcpy(flow->src_mac, action->conf, 6);
		return 0;
	case RTE_FLOW_ACTION_TYPE_SET_MAC_DST:
		flow->set_dst_mac = true;
		memcpy(flow->dst_mac, action->conf, 6);
		return 0;
	case RTE_FLOW_ACTION_TYPE_DEC_TTL:
		flow->dec_ttl = true;
		return 0;
	case RTE_FLOW_ACTION_TYPE_OF_POP_VLAN:
		flow->pop = true;
		return flow->tagged ? 0 : -EINVAL;
	case RTE_FLOW_ACTION_TYPE_OF_PUSH_VLAN:
		flow->push = true;
		return flow->tagged ? -EINVAL : 0;
	case RTE_FLOW_ACTION_TYPE_OF_SET_VLAN_VID:
		flow->set_vid = true;
		flow->vid = rte_be_to_cpu_16(((const struct rte_flow_action_of_set_vlan_vid *)action->conf)->vlan_vid);
		return flow->tagged || flow->push ? 0 : -EINVAL;
	case RTE_FLOW_ACTION_TYPE_REPRESENTED_PORT:
		*leaves = true;
		flow->egress = ((const struct rte_flow_action_ethdev *)action->conf)->port_id;
		return rte_eth_dev_is_valid_port(flow->egress) && rte_eth_devices[flow->egress].dev_ops == &operations ? 0 : -EINVAL;
	default:
		return -ENOTSUP;
	}
}

static int
parse(struct rte_flow *flow, uint16_t port, const struct rte_flow_attr *attr, const struct rte_flow_item *items,
	const struct rte_flow_action *action, struct rte_flow_error *error)
{
	bool counts = false, leaves = false;
	int status = !attr->transfer || attr->group != 0 || attr->egress ? -ENOTSUP : parse_pattern(flow, port, items);

	if (status != 0)
		return rte_flow_error_set(error, -status, RTE_FLOW_ERROR_TYPE_ITEM, items, "not a pattern of this switch");
	for (; action->type != RTE_FLOW_ACTION_TYPE_END && status == 0; action++)
		status = leaves ? -EINVAL : parse_action(flow, action, &counts, &leaves);
	if (status != 0 || !counts || !leaves)
		return rte_flow_error_set(error, status != 0 ? -status : EINVAL, RTE_FLOW_ERROR_TYPE_ACTION, action, "not an action of this switch");
	return 0;
}

static int
flow_validate(struct rte_eth_dev *dev, const struct rte_flow_attr *attr, const struct rte_flow_item items[],
	const struct rte_flow_action actions[], struct rte_flow_error *error)
{
	struct rte_flow flow = { 0 };

	return parse(&flow, dev->data->port_id, attr, items, actions, error);
}

static struct rte_flow *
flow_create(struct rte_eth_dev *dev, const struct rte_flow_attr *attr, const struct rte_flow_item items[],
	const struct rte_flow_action actions[], struct rte_flow_error *error)
{
	struct offload_port *p = dev->data->dev_private;
	struct rte_flow *flow = calloc(1, sizeof(*flow));

	if (flow == NULL || p->rules >= p->most_rules) {
		free(flow);
		rte_flow_error_set(error, ENOSPC, RTE_FLOW_ERROR_TYPE_UNSPECIFIED, NULL, "the switch has no room for more rules");
		return NULL;
	}
	if (parse(flow, dev->data->port_id, attr, items, actions, error) != 0) {
		free(flow);
		return NULL;
	}
	pthread_mutex_lock(&lock);
	TAILQ_INSERT_TAIL(&p->flows, flow, next);
	p->rules++;
	pthread_mutex_unlock(&lock);
	return flow;
}

static int
flow_destroy(struct rte_eth_dev *dev, struct rte_flow *flow, struct rte_flow_error *error __rte_unused)
{
	struct offload_port *p = dev->data->dev_private;

	pthread_mutex_lock(&lock);
	TAILQ_REMOVE(&p->flows, flow, next);
	p->rules--;
	pthread_mutex_unlock(&lock);
	free(flow);
	return 0;
}

static int
flow_flush(struct rte_eth_dev *dev, struct rte_flow_error *error)
{
	struct offload_port *p = dev->data->dev_private;

	while (!TAILQ_EMPTY(&p->flows))
		flow_destroy(dev, TAILQ_FIRST(&p->flows), error);
	return 0;
}

static int
flow_query(struct rte_eth_dev *dev __rte_unused, struct rte_flow *flow, const struct rte_flow_action *action, void *data,
	struct rte_flow_error *error)
{
	struct rte_flow_query_count *count = data;

	if (action->type != RTE_FLOW_ACTION_TYPE_COUNT)
		return rte_flow_error_set(error, ENOTSUP, RTE_FLOW_ERROR_TYPE_ACTION, action, "only COUNT is counted");
	pthread_mutex_lock(&lock);
	count->hits = flow->packets;
	count->bytes = flow->bytes;
	count->hits_set = count->bytes_set = 1;
	if (count->reset)
		flow->packets = flow->bytes = 0;
	pthread_mutex_unlock(&lock);
	return 0;
}

static const struct rte_flow_ops flow_operations = {
	.validate = flow_validate, .create = flow_create, .destroy = flow_destroy, .flush = flow_flush, .query = flow_query,
};

static int
flow_ops_get(struct rte_eth_dev *dev __rte_unused, const struct rte_flow_ops **ops)
{
	*ops = &flow_operations;
	return 0;
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

static int start(struct rte_eth_dev *dev) { return link_update(dev, 0); }

static int
infos_get(struct rte_eth_dev *dev __rte_unused, struct rte_eth_dev_info *info)
{
	info->max_mac_addrs = info->max_rx_queues = info->max_tx_queues = 1;
	info->max_rx_pktlen = FRAME;
	info->min_mtu = RTE_ETHER_MIN_MTU;
	info->max_mtu = FRAME - 18;
	return 0;
}

static int
rx_queue_setup(struct rte_eth_dev *dev, uint16_t queue, uint16_t descriptors __rte_unused, unsigned int socket __rte_unused,
	const struct rte_eth_rxconf *conf __rte_unused, struct rte_mempool *pool)
{
	struct offload_port *p = dev->data->dev_private;

	p->pool = pool;
	dev->data->rx_queues[queue] = p;
	return 0;
}

static int
tx_queue_setup(struct rte_eth_dev *dev, uint16_t queue, uint16_t descriptors __rte_unused, unsigned int socket __rte_unused,
	const struct rte_eth_txconf *conf __rte_unused)
{
	dev->data->tx_queues[queue] = dev->data->dev_private;
	return 0;
}

static int mtu_set(struct rte_eth_dev *dev __rte_unused, uint16_t mtu __rte_unused) { return 0; }
static int mac_addr_set(struct rte_eth_dev *dev __rte_unused, struct rte_ether_addr *mac __rte_unused) { return 0; }

static int
stats_get(struct rte_eth_dev *dev, struct rte_eth_stats *stats)
{
	const struct offload_port *p = dev->data->dev_private;

	stats->ipackets = p->received;
	stats->ibytes = p->received_bytes;
	stats->opackets = p->sent;
	stats->obytes = p->sent_bytes;
	stats->rx_nombuf = p->no_mbuf;
	return 0;
}

static int
dev_close(struct rte_eth_dev *dev)
{
	struct offload_port *p = dev->data->dev_private;

	flow_flush(dev, NULL);
	close(p->wire);
	unlink(p->path);
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
	.flow_ops_get = flow_ops_get,
};

static int
open_wire(struct offload_port *p)
{
	struct sockaddr_un own = { .sun_family = AF_UNIX };

	p->peer.sun_family = AF_UNIX;
	memcpy(own.sun_path, p->path, sizeof(own.sun_path));
	if (strlen(p->path) == 0 || snprintf(p->peer.sun_path, sizeof(p->peer.sun_path), "%s.peer", p->path) >= (int)sizeof(p->peer.sun_path))
		return -EINVAL;
	p->wire = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (p->wire < 0)
		return -errno;
	if (bind(p->wire, (const struct sockaddr *)&own, sizeof(own)) == 0)
		return 0;
	close(p->wire);
	return -errno;
}

static int
parse_argument(const char *key, const char *value, void *opaque)
{
	struct offload_port *p = opaque;

	if (strcmp(key, "wire") == 0 && strlen(value) < sizeof(p->path)) {
		strcpy(p->path, value);
		return 0;
	}
	if (strcmp(key, "rules") == 0) {
		p->most_rules = (uint32_t)strtoul(value, NULL, 10);
		return 0;
	}
	return -EINVAL;
}

static int
probe(struct rte_vdev_device *vdev)
{
	struct rte_eth_dev *dev = rte_eth_vdev_allocate(vdev, sizeof(struct offload_port));
	const char *arguments = rte_vdev_device_args(vdev);
	struct rte_kvargs *list = arguments == NULL ? NULL : rte_kvargs_parse(arguments, NULL);
	struct offload_port *p;

	if (dev == NULL) {
		rte_kvargs_free(list);
		return -ENOMEM;
	}
	p = dev->data->dev_private;
	p->port = dev->data->port_id;
	p->most_rules = MOST_RULES;
	TAILQ_INIT(&p->flows);
	if (list == NULL || rte_kvargs_process(list, NULL, parse_argument, p) < 0 || open_wire(p) < 0) {
		rte_kvargs_free(list);
		dev->data->mac_addrs = NULL;
		rte_eth_dev_release_port(dev);
		return -EINVAL;
	}
	rte_kvargs_free(list);
	p->mac = (struct rte_ether_addr){ .addr_bytes = { 0x02, 0, 0, 0, 2, (uint8_t)p->port } };
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
		dev_close(dev);
		rte_eth_dev_release_port(dev);
	}
	return 0;
}

static struct rte_vdev_driver driver = { .probe = probe, .remove = remove_device };

RTE_PMD_REGISTER_VDEV(net_offload, driver);
RTE_PMD_REGISTER_PARAM_STRING(net_offload, "wire=<path> rules=<int>");
