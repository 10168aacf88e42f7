using System.Globalization;
using Conntrack.Control.Firewall;
using Conntrack.Control.Settings;
using Conntrack.Control.Tests.Routing;
using Conntrack.Firewall;
using Conntrack.RouterOs.Language;
using Conntrack.RouterOs.Settings;

namespace Conntrack.Control.Tests.Firewall;

/// <summary>
/// How much of what people write acts: every property and action that was found in 2,194 rules of 39 public configurations, how many of the rules
/// have it, and a rule with it of our own. A rule acts if all it has does; so no more rules do not act than have something that does not.
/// </summary>
public sealed class RuleUsageTests
{
    const int AllRules = 2194;

    const string Forms = """
        1574 comment | ip filter | chain=input comment=x
        965 protocol | ip filter | chain=input protocol=tcp
        715 action:accept | ip filter | chain=input action=accept
        489 action:drop | ip raw | chain=prerouting action=drop
        439 dst-port | ip filter | chain=input protocol=tcp dst-port=22,80-89
        404 disabled | ip filter | chain=input disabled=no
        348 connection-state | ip filter | chain=input connection-state=established,related,untracked
        318 passthrough | ip mangle | chain=prerouting action=mark-packet new-packet-mark=a passthrough=no
        315 src-address-list | ip filter | chain=input src-address-list=!l
        226 in-interface-list | ip filter | chain=input in-interface-list=!LAN
        214 connection-mark | ip mangle | chain=prerouting connection-mark=a
        181 jump-target | ip filter | chain=input action=jump jump-target=own
        180 action:jump | ip mangle | chain=forward action=jump jump-target=own
        176 new-connection-mark | ip mangle | chain=prerouting action=mark-connection new-connection-mark=a
        174 action:mark-connection | ip mangle | chain=forward action=mark-connection new-connection-mark=b
        161 in-interface | ip nat | chain=dstnat in-interface=ether1 action=accept
        156 port | ip filter | chain=forward protocol=udp port=53
        154 dst-address-list | ip mangle | chain=prerouting dst-address-list=l
        131 address-list | ip filter | chain=input action=add-src-to-address-list address-list=l
        131 address-list-timeout | ip filter | chain=input action=add-src-to-address-list address-list=l address-list-timeout=1d
        109 log-prefix | ip filter | chain=input action=drop log=yes log-prefix=x
        106 action:add-src-to-address-list | ip mangle | chain=prerouting action=add-src-to-address-list address-list=l address-list-timeout=none-static
        106 action:mark-packet | ip mangle | chain=postrouting action=mark-packet new-packet-mark=a
        106 new-packet-mark | ip mangle | chain=forward action=mark-packet new-packet-mark=b
        92 out-interface | ip nat | chain=srcnat out-interface=ether1 action=masquerade
        90 icmp-options | ip raw | chain=prerouting protocol=icmp icmp-options=3:0-1
        82 action:mark-routing | ip mangle | chain=prerouting action=mark-routing new-routing-mark=isp2
        82 new-routing-mark | ip mangle | chain=output action=mark-routing new-routing-mark=isp2
        74 action:masquerade | ip nat | chain=srcnat action=masquerade
        69 src-address | ip nat | chain=srcnat src-address=10.0.0.0/8 action=masquerade
        69 tcp-flags | ip filter | chain=input protocol=tcp tcp-flags=fin,psh,urg,!syn,!rst,!ack
        68 dst-address | ip filter | chain=forward dst-address=!10.0.0.0/8
        66 out-interface-list | ip filter | chain=forward out-interface-list=LAN
        51 to-addresses | ip nat | chain=dstnat action=dst-nat to-addresses=10.0.0.2
        48 log | ip filter | chain=input log=yes
        48 to-ports | ip nat | chain=dstnat protocol=tcp dst-port=80 action=dst-nat to-addresses=10.0.0.2 to-ports=8080
        48 packet-mark | ip filter | chain=forward packet-mark=a
        43 action:dst-nat | ip nat | chain=dstnat action=dst-nat to-addresses=10.0.0.2
        42 ipsec-policy | ip nat | chain=srcnat ipsec-policy=out,none action=masquerade
        36 limit | ip filter | chain=input limit=5,10:packet
        36 action:passthrough | ip mangle | chain=forward action=passthrough
        35 action:return | ip filter | chain=input action=return
        32 content | ip filter | chain=forward content=x
        29 connection-nat-state | ip filter | chain=forward connection-nat-state=!dstnat
        27 action:fasttrack-connection | ip filter | chain=forward action=fasttrack-connection connection-state=established,related
        26 dst-address-type | ip mangle | chain=prerouting dst-address-type=!local
        25 action:add-dst-to-address-list | ip raw | chain=prerouting action=add-dst-to-address-list address-list=l
        25 src-port | ip filter | chain=input protocol=udp src-port=53
        20 packet-size | ip mangle | chain=forward packet-size=!128-65535
        19 per-connection-classifier | ip mangle | chain=prerouting per-connection-classifier=both-addresses-and-ports:2/0
        19 action:change-mss | ip mangle | chain=forward protocol=tcp tcp-flags=syn action=change-mss new-mss=clamp-to-pmtu
        19 new-mss | ip mangle | chain=forward protocol=tcp tcp-flags=syn action=change-mss new-mss=1360
        18 action:reject | ip filter | chain=forward action=reject
        17 action:set-priority | ip mangle | chain=postrouting action=set-priority new-priority=1
        17 new-priority | ip mangle | chain=postrouting action=set-priority new-priority=7
        17 tcp-mss | ip mangle | chain=forward protocol=tcp tcp-flags=syn tcp-mss=!0-1378
        16 reject-with | ip filter | chain=forward action=reject reject-with=icmp-admin-prohibited
        13 place-before | ip filter | chain=input place-before=0
        12 layer7-protocol | ip filter | chain=forward layer7-protocol=rdp
        12 ipv4-options | ip raw | chain=prerouting ipv4-options=loose-source-routing
        12 in-bridge-port-list | ip mangle | chain=prerouting in-bridge-port-list=LAN
        11 action:redirect | ip nat | chain=dstnat protocol=udp dst-port=53 action=redirect to-ports=53
        11 action:netmap | ip nat | chain=srcnat src-address=10.0.0.0/24 action=netmap to-addresses=10.1.0.0/24
        10 psd | ip filter | chain=input protocol=tcp psd=21,3s,3,1
        10 connection-rate | ip mangle | chain=prerouting protocol=tcp connection-rate=512k-999M
        10 hop-limit | ipv6 raw | chain=prerouting protocol=icmpv6 hop-limit=not-equal:255
        10 dst-limit | ip filter | chain=forward dst-limit=32,32,src-and-dst-addresses/10s
        10 nth | ip mangle | chain=prerouting nth=4,1
        8 hw-offload | ip filter | chain=forward action=fasttrack-connection hw-offload=yes
        8 connection-bytes | ip mangle | chain=forward connection-bytes=500k-0
        8 dscp | ip mangle | chain=forward dscp=46
        7 new-dscp | ip mangle | chain=postrouting action=change-dscp new-dscp=46
        7 action:change-dscp | ip mangle | chain=forward action=change-dscp new-dscp=0
        6 connection-limit | ip filter | chain=input protocol=tcp connection-limit=100,32
        6 to-address | ipv6 nat | chain=dstnat action=dst-nat to-address=2001:db8::2
        5 action:log | ip filter | chain=input action=log
        5 action:src-nat | ip nat | chain=srcnat action=src-nat to-addresses=192.0.2.1
        4 time | ip mangle | chain=prerouting time=17h-22h30m,mon,tue,wed,thu,fri
        3 src-address-type | ip filter | chain=input src-address-type=local
        3 hotspot | ip nat | chain=dstnat hotspot=auth action=accept
        3 fragment | ip raw | chain=prerouting fragment=yes
        2 action:notrack | ip raw | chain=prerouting action=notrack
        2 ttl | ip mangle | chain=prerouting ttl=equal:127
        2 action:masquarade | ip nat | chain=srcnat action=masquarade
        1 routing-mark | ip mangle | chain=prerouting routing-mark=isp2
        1 action:endpoint-independent-nat | ip nat | chain=srcnat protocol=udp action=endpoint-independent-nat
        1 randomise-ports | ip nat | chain=srcnat action=masquerade randomise-ports=yes
        1 action:ju8mp | ip filter | chain=input action=ju8mp jump-target=own
        1 action:change-ttl | ip mangle | chain=postrouting action=change-ttl new-ttl=set:64
        1 new-ttl | ip mangle | chain=postrouting action=change-ttl new-ttl=increment:1
        """;

    const string Before = """
        /interface list add name=LAN
        /routing table add name=isp2 fib
        /ip firewall layer7-protocol add name=rdp regexp="rdpdr.*cliprdr.*rdpsnd"
        /ip firewall filter add chain=input comment=first

        """;

    [Fact]
    public void Ninety_nine_of_a_hundred_rules_act()
    {
        int idle = 0;
        List<string> refused = [];
        string[] forms = Forms.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        foreach (string form in forms)
        {
            string[] parts = form.Split(" | ");
            string[] menu = parts[1].Split(' ');
            LoadResult result = ScriptLoader.Load(
                "t.rsc", $"{Before}/{menu[0]} firewall {menu[1]} add {parts[2]}\n", RouterConfiguration.Default);
            string[] counted = parts[0].Split(' ');
            if (!Acts(result))
            {
                idle += int.Parse(counted[0], CultureInfo.InvariantCulture);
                refused.Add(counted[1]);
            }
        }

        Assert.Equal(90, forms.Length);
        Assert.InRange(idle, 0, AllRules / 100);

        // Two of the three are misspelt.
        Assert.Equal(["hotspot", "action:masquarade", "action:ju8mp"], refused);
    }

    /// <summary>Read without an error, and compiled into an image that workers would go by.</summary>
    static bool Acts(LoadResult result)
    {
        if (result.Configuration is not { } configuration || result.Diagnostics.Any(static finding => finding.Severity == Severity.Error))
        {
            return false;
        }

        try
        {
            TranslationCompiler.RefuseWhatIsMissing(configuration.Rules);
        }
        catch (ConfigurationRefusedException)
        {
            return false;
        }

        RuleCompiler compiler = new();
        List<RuleSpec> specs = compiler.Compile(configuration.Rules, new RuleInterfaces(configuration, new Compiling(2).Router(configuration)));
        RuleImageBuilder.Build(specs, compiler.Lists(configuration)).Dispose();
        return specs.Count == 2;
    }
}
