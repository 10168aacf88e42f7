namespace Conntrack.RouterOs.Menus;

/// <summary>
/// The words of RouterOS's menus, one menu a line: its path, a colon, its submenus, and behind a bar the commands beyond the common ones
/// (add, set, print, …). Source: the command reference of RouterOS 7; <see cref="Version6"/> adds menus that RouterOS 7
/// has dropped and exports of older routers still hold.
/// </summary>
static partial class MenuWords
{
    public const string System = """
        : app caps-man certificate console container disk dude environment file interface iot ip ipv6 lcd log mpls openflow partitions
        : port ppp queue radius routing safe-mode snmp special-login system task tool tr069-client user user-manager zerotier
        : | beep blink import password quit redo undo ping setup export
        app: network settings | cleanup restart setup update
        certificate: builtin crl scep-server settings
        certificate: | add-acme add-scep card-reinstall card-verify create-certificate-request enable-ssl-certificate export-certificate
        certificate: | import issued-revoke scep-renew sign sign-certificate-request
        certificate/crl: | download flush
        certificate/scep-server: otp ra requests
        certificate/scep-server/otp: | generate
        certificate/scep-server/ra: | renew
        certificate/scep-server/requests: | grant
        console: settings | inspect
        container: config envs layers log mounts | kill repull restart start stop update
        disk: btrfs settings
        disk: | blink check copy eject format monitor-traffic nvme-discover raid-scrub raid-scrub-cancel repair scan smart-info test
        disk: | trim
        disk/btrfs: filesystem subvolume transfer
        disk/btrfs/filesystem: | add-device balance-cancel balance-start remove-device replace-cancel replace-device scrub-cancel
        disk/btrfs/filesystem: | scrub-start
        dude: agent device device-type notification probe ros service settings | export-db import-db vacuum-db
        dude/ros: address arp health interface lease neighbor queue registration-table resource route routerboard
        file: rsync-daemon sync
        iot: bluetooth gpio lora modbus mqtt wiliot
        iot/bluetooth: advertisers connections peripheral-devices scanners whitelist | decode-ad
        iot/bluetooth/advertisers: ad-structures
        iot/bluetooth/connections: async-data characteristics | connect disconnect read subscribe unsubscribe write write-no-resp
        iot/bluetooth/connections/async-data: | clear
        iot/bluetooth/scanners: advertisements
        iot/bluetooth/scanners/advertisements: | clear
        iot/gpio: analog digital
        iot/lora: channels joineui netid radios servers traffic | reset-devices send
        iot/lora/servers: | reset-servers
        iot/lora/traffic: options | clear
        iot/modbus: security-rules | read-holding-registers transceive
        iot/mqtt: brokers subscriptions | connect disconnect publish subscribe unsubscribe
        iot/mqtt/subscriptions: recv | monitor-data
        iot/mqtt/subscriptions/recv: | clear
        iot/wiliot: bluetooth-traffic mqtt-traffic options servers | clear
        iot/wiliot/bluetooth-traffic: | clear
        iot/wiliot/mqtt-traffic: | clear
        iot/wiliot/servers: | defaults
        lcd: interface pin screen | backlight recalibrate show take-screenshot
        lcd/interface: pages | default-wireless display
        openflow: flow group meter port
        partitions: | activate copy-to repartition restore-config-from save-config-to
        port: remote-access
        ppp: aaa active l2tp-secret profile secret
        queue: interface simple tree type
        radius: incoming
        snmp: community | send-trap
        system: backup clock console dashboard default-configuration device-mode gps health history identity leds license logging note
        system: ntp package ptp regulatory resource routerboard rtrace scheduler script serial-interface swos ups watchdog
        system: | check-disk check-installation reboot reset-configuration shutdown ssh ssh-exec sup-output telnet
        system/backup: cloud | load save
        system/backup/cloud: | download-file remove-file upload-file
        system/clock: manual
        system/console: screen
        system/dashboard: settings | show
        system/default-configuration: caps-mode-script custom-script script wps-sync-mode-script
        system/device-mode: | update
        system/health: settings
        system/health/settings: | detect-fans
        system/leds: settings
        system/license: | generate-new-id output renew
        system/logging: action
        system/logging/action: | clear
        system/ntp: client key server | monitor-peers
        system/ntp/client: servers | reset-freq-drift
        system/package: local-update update | apply-changes downgrade uninstall unschedule
        system/package/local-update: mirror update-package-source | download download-all refresh
        system/package/local-update/mirror: | force-check
        system/package/update: | cancel check-for-updates download install
        system/ptp: port status
        system/resource: cpu hardware irq
        system/resource/hardware: usb-settings | authorize usb-power-reset
        system/resource/irq: rps
        system/routerboard: mode-button reset-button settings usb wps-button | upgrade
        system/routerboard/settings: | keep-frequency
        system/routerboard/usb: | power-reset
        system/rtrace: | start stop
        system/script: environment job
        system/serial-interface: | read serial-terminal start stop write
        system/swos: | load-config password reset-config save-config upgrade
        system/ups: | beep rtc self-test
        task: | next terminate
        tool: apptraffic bandwidth-server calea ddns e-mail graphing mac-server netwatch romon sms sniffer traffic-generator
        tool: traffic-monitor
        tool: | bandwidth-test fetch flood-ping ip-scan mac-scan mac-telnet ping ping-speed profile snmp-get snmp-walk speed-test torch
        tool: | traceroute wol
        tool/apptraffic: stats
        tool/apptraffic/stats: categories | clear
        tool/bandwidth-server: session
        tool/ddns: | dns-update
        tool/e-mail: | send
        tool/graphing: ifaces queues resource
        tool/graphing/ifaces: interface
        tool/graphing/queues: queue
        tool/mac-server: mac-winbox ping sessions
        tool/romon: port | discover ping ssh
        tool/sms: inbox | send
        tool/sniffer: connection host packet protocol | quick save start stop
        tool/traffic-generator: packet-template port raw-packet-template stats stream | inject inject-pcap quick start stop
        tool/traffic-generator/stats: latency-distribution port raw stream
        tr069-client: | reset-tr069-config
        user: aaa active group settings ssh-keys | expire-password
        user-manager: advanced attribute database limitation payment profile profile-limitation router session user user-profile
        user-manager: | generate-report
        user-manager/database: | load migrate-legacy-db optimize-db save
        user-manager/session: | close-session
        user-manager/user: group | add-batch-users generate-voucher
        user-manager/user-profile: | activate-user-profile
        user/ssh-keys: private | import
        user/ssh-keys/private: | import
        zerotier: controller interface peer
        zerotier/controller: member
        zerotier/peer: hint
        """;

    public const string Version6 = """
        caps-man: aaa access-list actual-interface-configuration channel configuration datapath interface manager provisioning radio
        caps-man: rates registration-table remote-cap security
        caps-man/manager: interface
        certificate: scep-client
        interface: amt pwr-line traffic-eng virtual-ethernet
        ip: accounting
        ip/accounting: snapshot uncounted web-access
        ip/ipsec: mode-cfg remote-peers user
        ip/neighbor: discovery
        ip/route: cache nexthop rule vrf
        ipv6/route: cache
        metarouter: interface
        : metarouter
        log: | debug error info warning
        mpls: local-bindings remote-bindings traffic-eng
        mpls/traffic-eng: interface path-state resv-state tunnel-path
        routing: bgp mme ospf ospf-v3 pim prefix-lists rip
        routing/bfd: interface neighbor
        routing/bgp: aggregate network peer vpnv4-route
        routing/bgp/instance: vrf
        routing/mme: interface network originators
        routing/ospf: as-border-router area-border-router nbma-neighbor network ospf-router route sham-link virtual-link
        routing/ospf-v3: area instance interface nbma-neighbor neighbor route virtual-link
        routing/pim: interface bsr-candidates rp rp-candidates
        routing/rip: network route
        system: lcd upgrade
        system/upgrade: mirror upgrade-package-source
        tool: user-manager | dns-update
        tool/user-manager: customer database log payment profile router session user
        """;
}
