namespace Conntrack.RouterOs.Menus;

static partial class MenuWords
{
    public const string Interfaces = """
        interface: 6to4 bonding bridge detect-internet dot1x eoip eoipv6 ethernet gre gre6 ipip ipipv6 l2tp-client l2tp-ether
        interface: l2tp-server list lte macsec macvlan mesh ovpn-client ovpn-server ppp-client ppp-server pppoe-client pppoe-server
        interface: pptp-client pptp-server pwr-link sstp-client sstp-server veth vlan vpls vrrp vxlan w60g wifi wireguard wireless
        interface: | blink monitor-traffic
        interface/bonding: | monitor-slaves
        interface/bridge: calea filter host mdb msrp msti nat port settings vlan
        interface/bridge/msrp: attributes domain
        interface/bridge/msrp/domain: attributes
        interface/bridge/port: mst-override
        interface/bridge/vlan: mvrp
        interface/detect-internet: state
        interface/dot1x: client server
        interface/dot1x/server: active state
        interface/ethernet: poe switch | blink cable-test reset-mac-address
        interface/ethernet/poe: settings | power-cycle
        interface/ethernet/switch: acl dscp-qos-map dscp-to-dscp egress-vlan-tag egress-vlan-translation host ingress-port-policer
        interface/ethernet/switch: ingress-vlan-translation l3hw-settings mac-based-vlan multicast-fdb one2one-vlan-switching
        interface/ethernet/switch: policer-qos-map port port-isolation port-leakage prbs protocol-based-vlan qos qos-group reserved-fdb
        interface/ethernet/switch: rule shaper stats trunk unicast-fdb vlan
        interface/ethernet/switch/acl: policer
        interface/ethernet/switch/l3hw-settings: advanced
        interface/ethernet/switch/prbs: | reset-prbs start-prbs stop-prbs
        interface/ethernet/switch/qos: map port priority-flow-control profile settings tx-manager
        interface/ethernet/switch/qos/map: ip vlan
        interface/ethernet/switch/qos/tx-manager: queue
        interface/ethernet/switch/unicast-fdb: | flush
        interface/l2tp-server: server
        interface/list: member
        interface/lte: apn esim settings | at-chat cell-monitor firmware-upgrade scan show-capabilities
        interface/lte/esim: | activate deactivate delete esim-id provision refresh-profile-list send-notifications set-nickname
        interface/macsec: profile
        interface/mesh: fdb port | traceroute
        interface/ovpn-client: | import-ovpn-configuration
        interface/ovpn-server: server
        interface/ovpn-server/server: | export-client-configuration
        interface/ppp-client: | at-chat firmware-upgrade info scan
        interface/pppoe-client: | scan
        interface/pppoe-server: server
        interface/pptp-server: server
        interface/pwr-link: pwr-line
        interface/pwr-link/pwr-line: | blink configure join leave reset-mac-address upgrade-firmware
        interface/sstp-server: server
        interface/vxlan: fdb vteps
        interface/w60g: station | align reset-configuration scan
        interface/wifi: aaa access-list cap capsman channel configuration dashboard datapath dpp-bootstrap-info easymesh interworking
        interface/wifi: network provisioning radio registration-table security steering
        interface/wifi: | devel flat-snoop frequency-scan liberate reset-mac-address roam scan sniffer spectral-scan trigger-radar
        interface/wifi: | wps-client wps-push-button
        interface/wifi/capsman: remote-cap
        interface/wifi/capsman/remote-cap: | provision set-identity upgrade
        interface/wifi/dashboard: settings | show show-clients show-logs
        interface/wifi/dpp-bootstrap-info: | gen-qr-code
        interface/wifi/easymesh: bss sta topology | dpp-trigger wps-push-button
        interface/wifi/network: radio
        interface/wifi/radio: settings | provision reg-info
        interface/wifi/security: multi-passphrase
        interface/wifi/steering: neighbor-group
        interface/wireguard: peers | wg-export wg-import
        interface/wireguard/peers: | show-client-config
        interface/wireless: access-list align cap channels connect-list info interworking-profiles manual-tx-power-table nstreme
        interface/wireless: nstreme-dual registration-table security-profiles sniffer snooper wds
        interface/wireless: | frequency-monitor reset-configuration reset-mac-address scan setup-repeater spectral-scan wps-client
        interface/wireless: | wps-push-button
        interface/wireless/align: | test-audio
        interface/wireless/info: | allowed-channels country-info country-list default-scan-list hw-info scan-list
        interface/wireless/sniffer: packet | save sniff
        interface/wireless/snooper: | flat-snoop
        """;
}
