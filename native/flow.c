#include <errno.h>
#include <string.h>

#include <rte_errno.h>
#include <rte_flow.h>
#include <rte_tcp.h>
#include <rte_udp.h>

#include "ctrack_dpdk.h"
#include "reason.h"

enum { TCP = 6, NEWS_FLAGS = RTE_TCP_SYN_FLAG | RTE_TCP_FIN_FLAG | RTE_TCP_RST_FLAG, VLAN_ID = 0x0fff, ITEMS = 6, ACTIONS = 13 };

/* A rule as rte_flow takes it, on the stack of whoever asks. What a mask leaves zero is not looked at. */
struct rule {
	struct rte_flow_item items[ITEMS];
	struct rte_flow_action actions[ACTIONS];
	int item_count, action_count;
	struct rte_flow_item_ethdev ingress;
	struct rte_flow_item_eth eth, eth_mask;
	struct rte_flow_item_vlan vlan, vlan_mask;
	struct rte_flow_item_ipv4 ipv4, ipv4_mask;
	struct rte_flow_item_ipv6 ipv6, ipv6_mask;
	struct rte_flow_item_tcp tcp, tcp_mask;
	struct rte_flow_item_udp udp, udp_mask;
	struct rte_flow_action_set_ipv4 new_src4, new_dst4;
	struct rte_flow_action_set_ipv6 new_src6, new_dst6;
	struct rte_flow_action_set_tp new_src_port, new_dst_port;
	struct rte_flow_action_of_push_vlan push;
	struct rte_flow_action_of_set_vlan_vid vid;
	struct rte_flow_action_set_mac new_src_mac, new_dst_mac;
	struct rte_flow_action_ethdev egress;
};

/* The rules are of the device's switch, so that they can lead to another port: which port they are about is an item of theirs. */
static const struct rte_flow_attr attributes = { .transfer = 1 };
static const struct rte_flow_item_ethdev port_mask = { .port_id = UINT16_MAX };

static void match(struct rule *r, enum rte_flow_item_type type, const void *spec, const void *mask)
{
	r->items[r->item_count++] = (struct rte_flow_item){ .type = type, .spec = spec, .mask = mask };
}

static void act(struct rule *r, enum rte_flow_action_type type, const void *conf)
{
	r->actions[r->action_count++] = (struct rte_flow_action){ .type = type, .conf = conf };
}

static void match_ip(struct rule *r, const struct ctd_flow *f)
{
	if (f->family == 4) {
		/* Whole packets without options, whose time does not end here. Fragments have ports only by luck. */
		memcpy(&r->ipv4.hdr.src_addr, f->src, 4);
		memcpy(&r->ipv4.hdr.dst_addr, f->dst, 4);
		r->ipv4.hdr.version_ihl = 5;
		r->ipv4.hdr.time_to_live = f->hops;
		r->ipv4.hdr.next_proto_id = f->protocol;
		r->ipv4_mask.hdr = (struct rte_ipv4_hdr){
			.src_addr = UINT32_MAX, .dst_addr = UINT32_MAX, .version_ihl = RTE_IPV4_HDR_IHL_MASK, .next_proto_id = UINT8_MAX,
			.fragment_offset = RTE_BE16(RTE_IPV4_HDR_MF_FLAG | RTE_IPV4_HDR_OFFSET_MASK), .time_to_live = f->hops ? UINT8_MAX : 0,
		};
		match(r, RTE_FLOW_ITEM_TYPE_IPV4, &r->ipv4, &r->ipv4_mask);
	} else {
		/* The transport header follows at once: with any extension header in between, fragments among them, the next one is another. */
		memcpy(r->ipv6.hdr.src_addr, f->src, 16);
		memcpy(r->ipv6.hdr.dst_addr, f->dst, 16);
		r->ipv6.hdr.hop_limits = f->hops;
		r->ipv6.hdr.proto = f->protocol;
		memset(r->ipv6_mask.hdr.src_addr, 0xff, 16);
		memset(r->ipv6_mask.hdr.dst_addr, 0xff, 16);
		r->ipv6_mask.hdr.hop_limits = f->hops ? UINT8_MAX : 0;
		r->ipv6_mask.hdr.proto = UINT8_MAX;
		match(r, RTE_FLOW_ITEM_TYPE_IPV6, &r->ipv6, &r->ipv6_mask);
	}
}

static void match_transport(struct rule *r, const struct ctd_flow *f)
{
	if (f->protocol == TCP) {
		r->tcp.hdr.src_port = f->src_port;
		r->tcp.hdr.dst_port = f->dst_port;
		r->tcp_mask.hdr = (struct rte_tcp_hdr){ .src_port = UINT16_MAX, .dst_port = UINT16_MAX, .tcp_flags = NEWS_FLAGS };
		match(r, RTE_FLOW_ITEM_TYPE_TCP, &r->tcp, &r->tcp_mask);
	} else {
		r->udp.hdr.src_port = f->src_port;
		r->udp.hdr.dst_port = f->dst_port;
		r->udp_mask.hdr = (struct rte_udp_hdr){ .src_port = UINT16_MAX, .dst_port = UINT16_MAX };
		match(r, RTE_FLOW_ITEM_TYPE_UDP, &r->udp, &r->udp_mask);
	}
}

static void translate(struct rule *r, const struct ctd_flow *f)
{
	size_t bytes = f->family == 4 ? 4 : 16;

	if (memcmp(f->src, f->new_src, bytes)) {
		memcpy(&r->new_src4.ipv4_addr, f->new_src, 4);
		memcpy(r->new_src6.ipv6_addr, f->new_src, 16);
		if (f->family == 4)
			act(r, RTE_FLOW_ACTION_TYPE_SET_IPV4_SRC, &r->new_src4);
		else
			act(r, RTE_FLOW_ACTION_TYPE_SET_IPV6_SRC, &r->new_src6);
	}
	if (memcmp(f->dst, f->new_dst, bytes)) {
		memcpy(&r->new_dst4.ipv4_addr, f->new_dst, 4);
		memcpy(r->new_dst6.ipv6_addr, f->new_dst, 16);
		if (f->family == 4)
			act(r, RTE_FLOW_ACTION_TYPE_SET_IPV4_DST, &r->new_dst4);
		else
			act(r, RTE_FLOW_ACTION_TYPE_SET_IPV6_DST, &r->new_dst6);
	}
	if (f->src_port != f->new_src_port) {
		r->new_src_port.port = f->new_src_port;
		act(r, RTE_FLOW_ACTION_TYPE_SET_TP_SRC, &r->new_src_port);
	}
	if (f->dst_port != f->new_dst_port) {
		r->new_dst_port.port = f->new_dst_port;
		act(r, RTE_FLOW_ACTION_TYPE_SET_TP_DST, &r->new_dst_port);
	}
}

static void retag(struct rule *r, const struct ctd_flow *f)
{
	if (f->vlan == f->new_vlan)
		return;
	if (f->new_vlan == 0) {
		act(r, RTE_FLOW_ACTION_TYPE_OF_POP_VLAN, NULL);
		return;
	}
	if (f->vlan == 0) {
		r->push.ethertype = RTE_BE16(RTE_ETHER_TYPE_VLAN);
		act(r, RTE_FLOW_ACTION_TYPE_OF_PUSH_VLAN, &r->push);
	}
	r->vid.vlan_vid = f->new_vlan;
	act(r, RTE_FLOW_ACTION_TYPE_OF_SET_VLAN_VID, &r->vid);
}

static void build(struct rule *r, uint16_t port, const struct ctd_flow *f)
{
	rte_be16_t type = f->family == 4 ? RTE_BE16(RTE_ETHER_TYPE_IPV4) : RTE_BE16(RTE_ETHER_TYPE_IPV6);

	memset(r, 0, sizeof(*r));
	r->ingress.port_id = port;
	match(r, RTE_FLOW_ITEM_TYPE_REPRESENTED_PORT, &r->ingress, &port_mask);
	if (f->hops) {
		memcpy(&r->eth.hdr.dst_addr, f->mac, sizeof(f->mac));
		memset(&r->eth_mask.hdr.dst_addr, 0xff, sizeof(f->mac));
	}
	r->eth.hdr.ether_type = f->vlan ? RTE_BE16(RTE_ETHER_TYPE_VLAN) : type;
	r->eth_mask.hdr.ether_type = UINT16_MAX;
	match(r, RTE_FLOW_ITEM_TYPE_ETH, &r->eth, &r->eth_mask);
	if (f->vlan) {
		r->vlan.hdr.vlan_tci = f->vlan;
		r->vlan.hdr.eth_proto = type;
		r->vlan_mask.hdr.vlan_tci = RTE_BE16(VLAN_ID);
		r->vlan_mask.hdr.eth_proto = UINT16_MAX;
		match(r, RTE_FLOW_ITEM_TYPE_VLAN, &r->vlan, &r->vlan_mask);
	}
	match_ip(r, f);
	match_transport(r, f);
	match(r, RTE_FLOW_ITEM_TYPE_END, NULL, NULL);

	act(r, RTE_FLOW_ACTION_TYPE_COUNT, NULL);
	retag(r, f);
	translate(r, f);
	if (f->hops) {
		memcpy(r->new_src_mac.mac_addr, f->new_src_mac, sizeof(f->mac));
		memcpy(r->new_dst_mac.mac_addr, f->new_dst_mac, sizeof(f->mac));
		act(r, RTE_FLOW_ACTION_TYPE_SET_MAC_SRC, &r->new_src_mac);
		act(r, RTE_FLOW_ACTION_TYPE_SET_MAC_DST, &r->new_dst_mac);
		act(r, RTE_FLOW_ACTION_TYPE_DEC_TTL, NULL);
	}
	r->egress.port_id = f->egress;
	act(r, RTE_FLOW_ACTION_TYPE_REPRESENTED_PORT, &r->egress);
	act(r, RTE_FLOW_ACTION_TYPE_END, NULL);
}

/* Drivers return their own number, or -1 with rte_errno. */
static int refused(int status, const struct rte_flow_error *error)
{
	status = status < 0 && status != -1 ? status : rte_errno ? -rte_errno : -EIO;
	return reason_text(status, "%s", error->message ? error->message : rte_strerror(-status));
}

int ctd_flow_probe(uint16_t port, const struct ctd_flow *flow)
{
	struct rule rule;
	struct rte_flow_error error = { 0 };
	int status;

	build(&rule, port, flow);
	status = rte_flow_validate(port, &attributes, rule.items, rule.actions, &error);
	return status == 0 ? 0 : refused(status, &error);
}

int ctd_flow_create(uint16_t port, const struct ctd_flow *flow, void **handle)
{
	struct rule rule;
	struct rte_flow_error error = { 0 };

	build(&rule, port, flow);
	*handle = rte_flow_create(port, &attributes, rule.items, rule.actions, &error);
	return *handle ? 0 : refused(-1, &error);
}

int ctd_flow_query(uint16_t port, void *rule, int reset, struct ctd_flow_count *count)
{
	const struct rte_flow_action action = { .type = RTE_FLOW_ACTION_TYPE_COUNT };
	struct rte_flow_query_count counted = { .reset = reset != 0 };
	struct rte_flow_error error = { 0 };
	int status = rte_flow_query(port, rule, &action, &counted, &error);

	if (status != 0)
		return refused(status, &error);
	count->packets = counted.hits_set ? counted.hits : 0;
	count->bytes = counted.bytes_set ? counted.bytes : 0;
	return 0;
}

int ctd_flow_destroy(uint16_t port, void *rule)
{
	struct rte_flow_error error = { 0 };
	int status = rte_flow_destroy(port, rule, &error);

	return status == 0 ? 0 : refused(status, &error);
}
