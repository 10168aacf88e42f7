using System.Text;
using System.Text.Json;
using Conntrack.RouterOs.Console;

namespace Conntrack.RouterOs.Tests.Console;

/// <summary>The prints of a router's menus, laid out as RouterOS 7 does it.</summary>
public sealed class RouterPrintTests
{
    [Theory]
    [InlineData("/interface print", """
        Flags: X - DISABLED, R - RUNNING; S - SLAVE
        Columns: NAME, TYPE, ACTUAL-MTU, MAC-ADDRESS
        #    NAME    TYPE    ACTUAL-MTU  MAC-ADDRESS
        ;;; to the ISP
        0 R  WAN     ether         1500  02:00:00:00:00:01
        1 RS ether2  ether         1500  02:00:00:00:00:02
        2 RS ether3  ether         1500  02:00:00:00:00:03
        3    ether4  ether         1500  02:00:00:00:00:04
        4 X  ether5  ether         1500  02:00:00:00:00:05
        ;;; defconf
        5 R  bridge  bridge        1500  02:00:00:00:00:07
        6 R  guests  vlan          1500  02:00:00:00:00:07

        """)]
    [InlineData("/interface print stats", """
        Flags: X - DISABLED, R - RUNNING; S - SLAVE
        Columns: NAME, RX-BYTE, TX-BYTE, RX-PACKET, TX-PACKET, RX-DROP, TX-DROP
        #    NAME    RX-BYTE   TX-BYTE  RX-PACKET  TX-PACKET  RX-DROP  TX-DROP
        ;;; to the ISP
        0 R  WAN     1000000   2000000       1000       2000        0        0
        1 RS ether2  2000000   4000000       2000       4000        0        0
        2 RS ether3  3000000   6000000       3000       6000        0        0
        3    ether4  4000000   8000000       4000       8000        0        0
        4 X  ether5  5000000  10000000       5000      10000        0        0
        ;;; defconf
        5 R  bridge        0         0          0          0        0        0
        6 R  guests        0         0          0          0        0        0

        """)]
    [InlineData("/interface print detail where slave", """
        Flags: D - DYNAMIC; X - DISABLED, R - RUNNING; S - SLAVE
         1  RS name=ether2 mtu=1500 type=ether actual-mtu=1500
               mac-address=02:00:00:00:00:02

         2  RS name=ether3 mtu=1500 type=ether actual-mtu=1500
               mac-address=02:00:00:00:00:03


        """)]
    [InlineData("/interface ethernet print", """
        Flags: X - DISABLED, R - RUNNING; S - SLAVE
        Columns: NAME, MTU, MAC-ADDRESS, ARP
        #    NAME     MTU  MAC-ADDRESS        ARP
        ;;; to the ISP
        0 R  WAN     1500  02:00:00:00:00:01  enabled
        1 RS ether2  1500  02:00:00:00:00:02  enabled
        2 RS ether3  1500  02:00:00:00:00:03  enabled
        3    ether4  1500  02:00:00:00:00:04  enabled
        4 X  ether5  1500  02:00:00:00:00:05  enabled

        """)]
    [InlineData("/interface vlan print", """
        Flags: R - RUNNING
        Columns: NAME, MTU, ARP, VLAN-ID, INTERFACE
        #   NAME     MTU  ARP      VLAN-ID  INTERFACE
        0 R guests  1500  enabled       20  bridge

        """)]
    [InlineData("/interface bridge print", """
        Flags: D - DYNAMIC; X - DISABLED, R - RUNNING
         0  R ;;; defconf
              name=bridge mtu=auto arp=enabled protocol-mode=rstp auto-mac=no
              admin-mac=02:00:00:00:00:07 ageing-time=5m actual-mtu=1500
              mac-address=02:00:00:00:00:07


        """)]
    [InlineData("/interface bridge print brief", """
        Flags: R - RUNNING
        Columns: NAME, MTU, ACTUAL-MTU, ARP, MAC-ADDRESS, PROTOCOL-MODE
        #   NAME    MTU   ACTUAL-MTU  ARP      MAC-ADDRESS        PROTOCOL-MODE
        ;;; defconf
        0 R bridge  auto        1500  enabled  02:00:00:00:00:07  rstp

        """)]
    [InlineData("/interface bridge port print", """
        Columns: INTERFACE, BRIDGE, HORIZON, LEARN
        # INTERFACE  BRIDGE  HORIZON  LEARN
        0 ether2     bridge  none     auto
        1 ether3     bridge  1        auto

        """)]
    [InlineData("/interface bridge settings print", """
                   use-ip-firewall: no
          use-ip-firewall-for-vlan: no
                   allow-fast-path: yes

        """)]
    [InlineData("/interface list print", """
        Flags: * - BUILTIN
        Columns: NAME, INCLUDE, EXCLUDE
        #   NAME     INCLUDE  EXCLUDE
        ;;; contains all interfaces
          * all
        ;;; contains no interfaces
          * none
        ;;; contains dynamic interfaces
          * dynamic
        ;;; contains static interfaces
          * static
        ;;; defconf
        0   LAN
        1   outside  all      LAN

        """)]
    [InlineData("/interface list member print", """
        Columns: LIST, INTERFACE
        # LIST  INTERFACE
        0 LAN   bridge

        """)]
    [InlineData("/ip address print", """
        Flags: X - DISABLED
        Columns: ADDRESS, NETWORK, INTERFACE
        #   ADDRESS          NETWORK       INTERFACE
        ;;; defconf
        0   192.168.88.1/24  192.168.88.0  bridge
        1   10.0.0.1/24      10.0.0.0      guests
        2 X 192.0.2.2/30     192.0.2.0     WAN

        """)]
    [InlineData("/ip address print detail", """
        Flags: D - DYNAMIC; X - DISABLED, I - INVALID; S - SLAVE
         0     ;;; defconf
               address=192.168.88.1/24 network=192.168.88.0 interface=bridge
               actual-interface=bridge

         1     address=10.0.0.1/24 network=10.0.0.0 interface=guests
               actual-interface=guests

         2  X  address=192.0.2.2/30 network=192.0.2.0 interface=WAN actual-interface=WAN


        """)]
    [InlineData("/ip address print terse", """
        0     comment=defconf address=192.168.88.1/24 network=192.168.88.0 interface=bridge actual-interface=bridge
        1     address=10.0.0.1/24 network=10.0.0.0 interface=guests actual-interface=guests
        2  X  address=192.0.2.2/30 network=192.0.2.0 interface=WAN actual-interface=WAN

        """)]
    [InlineData("/ip address print count-only", """
        3

        """)]
    [InlineData("/ip address print as-value where interface=bridge", """
        .id=*1;actual-interface=bridge;address=192.168.88.1/24;comment=defconf;disabled=false;dynamic=false;interface=bridge;invalid=false;network=192.168.88.0;slave=false

        """)]
    [InlineData("/ipv6 address print", """
        Flags: D - DYNAMIC; G - GLOBAL, L - LINK-LOCAL
        Columns: ADDRESS, INTERFACE, ADVERTISE
        #    ADDRESS          INTERFACE  ADVERTISE
        0  G 2001:db8::1      bridge     yes
        1  G 2001:db8:1::1    guests     no
          DL fe80::ff:fe00:7  bridge     no

        """)]
    [InlineData("/ip route print", """
        Flags: D - DYNAMIC; X - DISABLED, I - INACTIVE, A - ACTIVE; c - CONNECT, s - STATIC; + - ECMP, B - BLACKHOLE
        Columns: DST-ADDRESS, GATEWAY, ROUTING-TABLE, DISTANCE
        #      DST-ADDRESS      GATEWAY                    ROUTING-TABLE  DISTANCE
        0  Is  0.0.0.0/0        192.0.2.1                  main                  1
        2  AsB 10.0.0.0/8                                  main                250
          DAc  10.0.0.0/24      guests                     main                  0
        4  Xs  10.8.0.0/16      ether9                     main                  1
        1  As+ 10.9.0.0/16      192.168.88.2,192.168.88.3  main                  5
          DAc  192.168.88.0/24  bridge                     main                  0
        3  As  0.0.0.0/0        10.0.0.9                   isp2                  1

        """)]
    [InlineData("/ip route print detail where static", """
        Flags: D - DYNAMIC; X - DISABLED, I - INACTIVE, A - ACTIVE; c - CONNECT, s - STATIC; + - ECMP, B - BLACKHOLE, U - UNREACHABLE, P - PROHIBIT
         0  Is  dst-address=0.0.0.0/0 routing-table=main gateway=192.0.2.1 distance=1
                scope=30 target-scope=10

         2  AsB dst-address=10.0.0.0/8 routing-table=main blackhole distance=250
                scope=30 target-scope=10

         4  Xs  dst-address=10.8.0.0/16 routing-table=main gateway=ether9 distance=1
                scope=30 target-scope=10

         1  As+ dst-address=10.9.0.0/16 routing-table=main
                gateway=192.168.88.2,192.168.88.3 distance=5 scope=30 target-scope=10
                check-gateway=ping immediate-gw=192.168.88.2%bridge,192.168.88.3%bridge

         3  As  dst-address=0.0.0.0/0 routing-table=isp2 gateway=10.0.0.9 distance=1
                scope=30 target-scope=10 immediate-gw=10.0.0.9%guests


        """)]
    [InlineData("/ip route print where connect", """
        Flags: D - DYNAMIC; A - ACTIVE; c - CONNECT
        Columns: DST-ADDRESS, GATEWAY, ROUTING-TABLE, DISTANCE
            DST-ADDRESS      GATEWAY  ROUTING-TABLE  DISTANCE
        DAc 10.0.0.0/24      guests   main                  0
        DAc 192.168.88.0/24  bridge   main                  0

        """)]
    [InlineData("/ip route print where dst-address in 10.0.0.0/8 && distance<100", """
        Flags: D - DYNAMIC; X - DISABLED, A - ACTIVE; c - CONNECT, s - STATIC; + - ECMP
        Columns: DST-ADDRESS, GATEWAY, ROUTING-TABLE, DISTANCE
        #      DST-ADDRESS  GATEWAY                    ROUTING-TABLE  DISTANCE
          DAc  10.0.0.0/24  guests                     main                  0
        4  Xs  10.8.0.0/16  ether9                     main                  1
        1  As+ 10.9.0.0/16  192.168.88.2,192.168.88.3  main                  5

        """)]
    [InlineData("/ip route print terse where routing-table=isp2", """
        3  As  dst-address=0.0.0.0/0 routing-table=isp2 gateway=10.0.0.9 distance=1 scope=30 target-scope=10 immediate-gw=10.0.0.9%guests

        """)]
    [InlineData("/ip arp print", """
        Flags: D - DYNAMIC, P - PUBLISHED; C - COMPLETE
        Columns: ADDRESS, MAC-ADDRESS, INTERFACE, STATUS
        #    ADDRESS        MAC-ADDRESS        INTERFACE  STATUS
        0  C 192.168.88.2   02:00:00:00:00:22  bridge     permanent
        1 P  192.168.88.99                     bridge     permanent
          DC 192.168.88.7   02:00:00:00:00:77  bridge     reachable
          DC 192.168.88.8   02:00:00:00:00:88  bridge     stale
          D  192.168.88.9                      bridge     failed

        """)]
    [InlineData("/ipv6 neighbor print", """
        Flags: D - DYNAMIC; R - ROUTER
        Columns: ADDRESS, MAC-ADDRESS, INTERFACE, STATUS
           ADDRESS  MAC-ADDRESS        INTERFACE  STATUS
        DR fe80::1  02:00:00:00:00:01  WAN        delay

        """)]
    [InlineData("/ip vrf print", """
        Flags: * - BUILTIN
        Columns: NAME, INTERFACES
        #   NAME  INTERFACES
        0   lab   ether4
          * main  all

        """)]
    [InlineData("/routing table print", """
        Flags: D - DYNAMIC
        Columns: NAME, FIB
        #   NAME  FIB
          D main  yes
          D lab   yes
        0   isp2  yes

        """)]
    [InlineData("/routing rule print", """
        Flags: X - DISABLED
         0   ;;; guests go their own way
             src-address=10.0.0.0/24 action=lookup-only-in-table table=isp2


        """)]
    [InlineData("/ip settings print", """
                                         ip-forward: yes
                                     send-redirects: yes
                                accept-source-route: no
                                   accept-redirects: no
                                   secure-redirects: yes
                                          rp-filter: no
                         ipv4-multipath-hash-policy: l3
                                        arp-timeout: 30s
                                    icmp-rate-limit: 10
                                     icmp-rate-mask: 0x1818
          icmp-errors-use-inbound-interface-address: no
                                    allow-fast-path: yes
                              ipv4-fast-path-active: no
                             ipv4-fast-path-packets: 0
                               ipv4-fast-path-bytes: 0
                              ipv4-fasttrack-active: yes
                             ipv4-fasttrack-packets: 346
                               ipv4-fasttrack-bytes: 25675

        """)]
    [InlineData("/ipv6 settings print", """
                          disable-ipv6: no
                               forward: yes
                 multipath-hash-policy: l3
                      accept-redirects: yes-if-forwarding-disabled
          accept-router-advertisements: yes-if-forwarding-disabled
            disable-link-local-address: no
                       allow-fast-path: yes
                 ipv6-fast-path-active: no
                ipv6-fast-path-packets: 0
                  ipv6-fast-path-bytes: 0
                 ipv6-fasttrack-active: no
                ipv6-fasttrack-packets: 0
                  ipv6-fasttrack-bytes: 0

        """)]
    public void Prints(string command, string expected) => Assert.Equal(expected, Text(command));

    [Theory]
    [InlineData("/ip route print where dst-address=10.0.0.0/24", """[{"dst-address":"10.0.0.0/24","routing-table":"main","gateway":"guests","distance":0,"scope":10,"target-scope":5,"immediate-gw":"guests","local-address":"10.0.0.1","dynamic":true,"disabled":false,"inactive":false,"active":true,"connect":true,"static":false,"ecmp":false,"blackhole":false,"unreachable":false,"prohibit":false}]""")]
    [InlineData("/interface print where name=guests", """[{".id":"*fc","name":"guests","mtu":"1500","type":"vlan","actual-mtu":1500,"mac-address":"02:00:00:00:00:07","rx-byte":0,"tx-byte":0,"rx-packet":0,"tx-packet":0,"rx-drop":0,"tx-drop":0,"dynamic":false,"disabled":false,"running":true,"slave":false}]""")]
    [InlineData("/ip arp print where published", """[{".id":"*2","address":"192.168.88.99","interface":"bridge","status":"permanent","disabled":false,"dynamic":false,"published":true,"complete":false}]""")]
    [InlineData("/interface bridge settings print", """{"use-ip-firewall":false,"use-ip-firewall-for-vlan":false,"allow-fast-path":true}""")]
    [InlineData("/routing table print count-only", "3")]
    public void Answers_programs(string command, string expected) => Assert.Equal(expected, Json(command));

    /// <summary>A print behind other commands shows what they made, with what the router says of what was there before.</summary>
    [Theory]
    [InlineData("/ip address add address=10.5.0.1/24 interface=ether5; /ip address print where interface=ether5", """
        Columns: ADDRESS, NETWORK, INTERFACE
        # ADDRESS      NETWORK   INTERFACE
        3 10.5.0.1/24  10.5.0.0  ether5

        """)]
    [InlineData("/interface bridge set bridge name=home; /ip address print where interface=home; /ip route print where !dynamic active gateway~\"168\"", """
        Columns: ADDRESS, NETWORK, INTERFACE
        # ADDRESS          NETWORK       INTERFACE
        ;;; defconf
        0 192.168.88.1/24  192.168.88.0  home
        Flags: A - ACTIVE; s - STATIC; + - ECMP
        Columns: DST-ADDRESS, GATEWAY, ROUTING-TABLE, DISTANCE
        #     DST-ADDRESS  GATEWAY                    ROUTING-TABLE  DISTANCE
        1 As+ 10.9.0.0/16  192.168.88.2,192.168.88.3  main                  5

        """)]
    public void Shows_what_the_commands_before_it_made(string commands, string expected) => Assert.Equal(expected, Text(commands));

    [Theory]
    [InlineData("/ip route print where dst-address in 10.0.0.0/8/8", "console:1:38: error: dst-address: \"10.0.0.0/8/8\" is no prefix or range (expected a network such as 10.0.0.0/8)")]
    [InlineData("/ip route print where gatway=10.0.0.1", "console:1:23: error: unknown property \"gatway\" (expected a property of this menu; did you mean \"gateway\"?)")]
    [InlineData("/ip arp remove [find status=stale]", "console:1:22: error: unknown property \"status\" (expected a property of this menu)")]
    [InlineData("/interface bonding print", "console:1:1: error: print is not supported yet in this version for /interface bonding")]
    public void Says_what_is_wrong(string command, string expected) => Assert.Equal(expected + "\n", Text(command));

    static string Text(string command)
    {
        ConsoleReply reply = RouterConsole.Execute(command, new SampleRouter());
        using var writer = new StringWriter { NewLine = "\n" };
        reply.Write(writer);
        return writer.ToString();
    }

    static string Json(string command)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(
            stream, new JsonWriterOptions { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            RouterConsole.Execute(command, new SampleRouter()).WriteJson(json);
        }

        return Encoding.UTF8.GetString(stream.ToArray());
    }
}
