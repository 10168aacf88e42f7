namespace Conntrack.RouterOs.Menus;

static partial class MenuWords
{
    public const string Internet = """
        ip: address arp cloud dhcp-client dhcp-relay dhcp-server dns firewall hotspot ipsec kid-control media nat-pmp neighbor packing
        ip: pool proxy reverse-proxy route service settings smb socks socksify ssh tftp traffic-flow upnp vrf
        ip/cloud: advanced app back-to-home-file back-to-home-user | force-update
        ip/cloud/app: | update
        ip/cloud/back-to-home-file: settings
        ip/cloud/back-to-home-user: | show-client-config
        ip/dhcp-client: option | release renew
        ip/dhcp-server: alert config lease matcher network option | setup
        ip/dhcp-server/alert: | reset-alert
        ip/dhcp-server/lease: | check-status make-static send-reconfigure
        ip/dhcp-server/option: sets
        ip/dns: adlist cache forwarders static
        ip/dns/adlist: | pause reload
        ip/dns/cache: all | flush
        ip/firewall: address-list calea connection filter layer7-protocol mangle nat raw service-port
        ip/firewall/connection: tracking
        ip/hotspot: active cookie host ip-binding profile service-port user walled-garden | reset-html setup
        ip/hotspot/active: | login
        ip/hotspot/host: | make-binding
        ip/hotspot/user: profile
        ip/hotspot/walled-garden: ip
        ip/ipsec: active-peers identity installed-sa key mode-config peer policy profile proposal settings statistics
        ip/ipsec/active-peers: | kill-connections
        ip/ipsec/installed-sa: | flush
        ip/ipsec/key: psk qkd rsa
        ip/ipsec/key/psk: | generate
        ip/ipsec/key/qkd: | get-key get-key-cached get-key-with-ids get-status
        ip/ipsec/key/rsa: | export-pub-key generate-key import
        ip/ipsec/policy: group
        ip/kid-control: device | pause resume
        ip/media: settings
        ip/nat-pmp: interfaces
        ip/neighbor: discovery-settings lldp
        ip/pool: used
        ip/proxy: access cache cache-contents connections direct inserts lookups refreshes | clear-cache reset-html
        ip/route: | check
        ip/service: webserver
        ip/smb: shares users
        ip/socks: access connections users
        ip/ssh: | export-host-key import-host-key regenerate-host-key
        ip/tftp: settings
        ip/traffic-flow: ipfix target
        ip/upnp: interfaces
        ipv6: address dhcp-client dhcp-relay dhcp-server firewall nd neighbor pool route settings
        ipv6/dhcp-client: option | release renew
        ipv6/dhcp-relay: option routes
        ipv6/dhcp-server: binding option
        ipv6/dhcp-server/binding: | make-static send-reconfigure
        ipv6/dhcp-server/option: sets
        ipv6/firewall: address-list connection filter mangle nat raw
        ipv6/nd: prefix proxy settings
        ipv6/nd/prefix: default
        ipv6/pool: used
        mpls: forwarding-table interface ldp mangle settings
        mpls/ldp: accept-filter advertise-filter interface local-mapping neighbor remote-mapping
        routing: bfd bgp fantasy filter gmp id igmp-proxy isis nexthop ospf pimsm rip route rpki rule settings stats table | discourse
        routing/bfd: authentication configuration session
        routing/bgp: advertisements connection evpn instance session template vpls vpn
        routing/bgp/session: | clear dump-saved-advertisements refresh resend stop
        routing/filter: chain community-ext-list community-large-list community-list num-list rule select-rule
        routing/filter: | filter-wizard sync test-as-path-regexp
        routing/igmp-proxy: interface mfc
        routing/isis: instance interface interface-template lsp neighbor
        routing/nexthop: | dump-dot
        routing/ospf: area instance interface interface-template lsa neighbor static-neighbor
        routing/ospf/area: range
        routing/pimsm: bsr igmp-interface-template instance interface interface-template neighbor static-rp uib-g uib-sg
        routing/pimsm/bsr: candidate rp-candidate rp-set
        routing/rip: instance interface interface-template keys neighbor static-neighbor
        routing/route: rule
        routing/rpki: session | rpki-check rpki-query
        routing/stats: memory origin pcap process step
        routing/stats/process: | kill
        """;
}
