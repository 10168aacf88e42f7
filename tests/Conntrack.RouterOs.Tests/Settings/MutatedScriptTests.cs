using System.Diagnostics;
using System.Text;
using Conntrack.RouterOs.Firewall;
using Conntrack.RouterOs.Language;
using Conntrack.RouterOs.Settings;
using Conntrack.RouterOs.Tests.Language;

namespace Conntrack.RouterOs.Tests.Settings;

/// <summary>Whatever a script holds, loading ends soon, applies all or nothing, and points into the script.</summary>
public sealed class MutatedScriptTests
{
    static readonly string[] s_samples =
    [
        ChapterExamples.First,
        ChapterExamples.Second,
        Skipped,
        """
        # 2026-06-30 21:42:59 by RouterOS 7.20.7
        # software id = XXXX-XXXX
        /interface ethernet
        set [ find default-name=ether1 ] comment="to \"the\" ISP" mac-address=\
            02:00:00:00:00:01 mtu=9000 name=WAN
        set [ find default-name=ether2 ] disabled=yes
        /ip firewall connection tracking
        set enabled=yes tcp-established-timeout=5d udp-timeout=00:00:20 !max-entries
        /system identity
        set name=Router
        """,
        """
        /ip firewall filter
        add action=accept chain=input comment=\
            "defconf: accept established,related,untracked" connection-state=\
            established,related,untracked
        add action=drop chain=input in-interface-list=!LAN tcp-flags=syn,!ack dst-port=22,\
            80-89 !connection-bytes log-prefix="a\r\nb\C3\A9"
        /ip firewall { nat add chain=srcnat action=masquerade; raw
          add chain=prerouting action=notrack }
        remove [find comment~"defconf" && [/ip route get [find] a]!=1]
        """,
        """
        /interface ethernet set ether1 name=WAN
        /ip firewall filter
        add chain=input action=drop connection-state=!established,related in-interface=WAN comment="a \"b\""
        add chain=forward action=fasttrack-connection connection-state=established,related hw-offload=yes
        add chain=forward protocol=tcp dst-port=80,443,8000-8100 src-address=!10.0.0.0/8 disabled=yes place-before=0
        set [find comment~"a" && !disabled] action=accept; move 0 2; disable [find chain=forward]
        /ip firewall raw add chain=prerouting action=notrack dst-address=1.2.3.4-1.2.3.9
        /ipv6 firewall filter add chain=output out-interface=!ether2 dst-address=fe80::/10
        /ipv6 firewall raw add chain=prerouting action=drop protocol=udp src-port=53; remove [find comment=x || (!disabled chain=output)]
        """,
        """
        /interface bridge add name=bridge auto-mac=no admin-mac=02:00:00:00:00:07 protocol-mode=none comment=defconf
        /interface vlan add name=guests vlan-id=20 interface=bridge; /interface list add name=LAN include=all exclude=WAN
        /interface list { add name=WAN; member add list=WAN interface=ether1; member add list=LAN interface=guests disabled=yes }
        /interface bridge port add bridge=bridge interface=ether2 horizon=7; add bridge=bridge interface=ether3
        /ip address add address=192.168.88.1/24 interface=bridge network=192.168.88.0; /ip vrf add name=v interfaces=ether4,guests
        /ipv6 address add address=2001:db8::/64 interface=bridge eui-64=yes; /routing table add fib name=isp2
        /ip route add gateway=10.0.0.1%ether1,ether5@v routing-table=isp2 distance=3; add blackhole dst-address=10.0.0.0/8
        set [find distance>1] !blackhole comment=x; /routing rule; add action=lookup table=v src-address=10.0.0.0/8; move 0
        /ip arp add address=10.0.0.2 interface=guests mac-address=02:00:00:00:00:09; /interface set guests,ether1 name=x
        /ip settings set rp-filter=loose icmp-rate-mask=0x1818; /ip firewall filter add chain=input in-interface-list=!LAN
        """,
        """
        :if ($action = "apply") do={
          :foreach k in=[/interface find where !(slave=yes || name~"bridge")] do={
            /interface bridge port
              add bridge=bridge interface=$k comment="a $[:len "x"] b";
          }
          # done }
        } else={ :put ({1;2;3} , 5) }
        """,
    ];

    /// <summary>Nothing but what is skipped with a note, or acts.</summary>
    const string Skipped = """
        /system identity
        set name="Router"
        /ip hotspot walled-garden
        ip add action=accept
        /ip dns { static add name=a
          set servers=1.1.1.1,\
            9.9.9.9 }
        /user group set read policy="local,telnet,w\
            eb"
        /user expire-password admin
        /queue
        interface set ether1 queue=x
        :put [/ip dns get servers]
        /interface ethernet set [ find default-name=ether1 ] name=WAN
        /log info "x"
        """;

    static readonly string[] s_fragments =
    [
        "\"", "\\", "\\\n    ", "\n", "\r\n", "{", "}", "[", "]", "(", ")", ";", "=", "!", "#", "$", "/", "..", ":", ",", "\0", "\t", " ",
        "é", "\uD800",
    ];

    [Fact]
    public void Survives_20000_mutations()
    {
        var random = new Random(20260701);
        var clock = Stopwatch.StartNew();
        for (int i = 0; i < 20_000; i++)
        {
            Check(Mutate(s_samples[random.Next(s_samples.Length)], random));
        }

        Assert.True(clock.Elapsed < TimeSpan.FromSeconds(60), $"20,000 mutations took {clock.Elapsed}");
    }

    /// <summary>
    /// Whatever stands before it, a firewall rule is there or the script is refused; it is never taken for something that can be skipped.
    /// (The blank line ends a continuation.)
    /// </summary>
    [Theory]
    [InlineData("/ip firewall filter add chain=input action=drop")]
    [InlineData("/ip/firewall/filter\nadd chain=input action=drop")]
    [InlineData("ip firewall filter\nadd chain=input action=drop")]
    [InlineData("/ip firewall { filter { add chain=input action=drop } }")]
    public void Never_loses_a_rule(string rule)
    {
        Assert.NotNull(ScriptLoader.Load("t.rsc", Skipped, RouterConfiguration.Default).Configuration);
        var random = new Random(20260702);
        for (int i = 0; i < 5_000; i++)
        {
            string before = Mutate(Skipped, random);

            LoadResult result = ScriptLoader.Load("t.rsc", before + "\n\n" + rule + "\n", RouterConfiguration.Default);

            Assert.True(
                result.Configuration is null
                    || result.Configuration.Rules.Of(RuleFamily.Ipv4, RuleTable.Filter) is [.., { Chain: "input", Action: RuleAction.Drop }],
                before);
        }
    }

    /// <summary>Ten times the script may take about ten times as long; a quadratic parser would take a hundred times.</summary>
    [Theory]
    [InlineData("[")]
    [InlineData("{")]
    [InlineData("}")]
    [InlineData("(")]
    [InlineData("\"")]
    [InlineData("\\\n")]
    [InlineData("a\\\n")]
    [InlineData("/ip address set [")]
    [InlineData("/ip address set a=(")]
    [InlineData("/ip address set a={\n")]
    [InlineData("/ip address {")]
    [InlineData("/user x ")]
    [InlineData("/ip x y ")]
    [InlineData("x {")]
    [InlineData("set a= ")]
    [InlineData("[find ")]
    [InlineData(":if do={")]
    [InlineData("/ip dns set a=b\\\n")]
    [InlineData("!\"\\C3")]
    [InlineData("/interface ethernet set ether1 name=x;")]
    [InlineData("nonsense\n")]
    [InlineData("/ip address set a=\"b\"c{[(\n")]
    [InlineData("/ip firewall filter add chain=input;")]
    [InlineData("/ip firewall filter remove [find a=1 && (b<2 || !c)];")]
    [InlineData("/ip firewall filter set x !src-address !dst-port ")]
    [InlineData("/interface vlan add name=x interface=x;")]
    [InlineData("/interface bridge add;")]
    [InlineData("/interface list member add list=x interface=ether1;")]
    [InlineData("/ip address add address=10.0.0.1/24 interface=ether1;")]
    [InlineData("/ip route add gateway=10.0.0.1,ether1,x;")]
    [InlineData("/ip vrf add name=x interfaces=ether1;")]
    [InlineData("/interface set ether1 name=x;")]
    public void Takes_time_in_proportion_to_size(string piece)
    {
        string small = Repeat(piece, 40_000);
        string large = Repeat(piece, 400_000);
        Check(small);
        TimeSpan forSmall = Time(small);
        TimeSpan forLarge = Time(large);

        Assert.True(
            forLarge < (forSmall * 40) + TimeSpan.FromMilliseconds(500),
            $"{small.Length} characters: {forSmall}, {large.Length}: {forLarge}");
    }

    [Fact]
    public void Reads_a_hundred_thousand_lines_in_a_moment()
    {
        var text = new StringBuilder("/interface ethernet\n");
        for (int i = 0; i < 100_000; i++)
        {
            text.Append("set [ find default-name=ether").Append((i % 250) + 1).Append(" ] comment=\"line ").Append(i)
                .Append("\" mtu=9000\n");
        }

        var clock = Stopwatch.StartNew();
        LoadResult result = ScriptLoader.Load("t.rsc", text.ToString(), RouterConfiguration.Default);

        Assert.Empty(result.Diagnostics);
        Assert.Equal("line 99999", result.Configuration!.Ethernets[250].Comment);
        Assert.True(clock.Elapsed < TimeSpan.FromSeconds(10), $"took {clock.Elapsed}");
    }

    static string Repeat(string piece, int length) =>
        new StringBuilder(length + piece.Length).Insert(0, piece, (length / piece.Length) + 1).ToString();

    static TimeSpan Time(string text)
    {
        TimeSpan best = TimeSpan.MaxValue;
        for (int i = 0; i < 2; i++)
        {
            var clock = Stopwatch.StartNew();
            ScriptLoader.Load("t.rsc", text, RouterConfiguration.Default);
            best = clock.Elapsed < best ? clock.Elapsed : best;
        }

        return best;
    }

    static string Mutate(string text, Random random)
    {
        var mutated = new StringBuilder(text);
        for (int n = random.Next(1, 6); n > 0 && mutated.Length > 0; n--)
        {
            int at = random.Next(mutated.Length);
            switch (random.Next(5))
            {
                case 0:
                    mutated.Remove(at, Math.Min(random.Next(1, 12), mutated.Length - at));
                    break;
                case 1:
                    mutated.Insert(at, s_fragments[random.Next(s_fragments.Length)]);
                    break;
                case 2:
                    mutated[at] = (char)random.Next(random.Next(2) == 0 ? 128 : 65536);
                    break;
                case 3:
                    mutated.Insert(at, mutated.ToString(at, Math.Min(random.Next(1, 40), mutated.Length - at)));
                    break;
                default:
                    mutated.Length = at;
                    break;
            }
        }

        return mutated.ToString();
    }

    static void Check(string text)
    {
        LoadResult result = ScriptLoader.Load("t.rsc", text, RouterConfiguration.Default);

        int lines = text.Count(static c => c is '\n' or '\r') + 1;
        bool errors = false;
        foreach (Diagnostic diagnostic in result.Diagnostics)
        {
            errors |= diagnostic.Severity == Severity.Error;
            Assert.InRange(diagnostic.Line, 1, lines);
            Assert.InRange(diagnostic.Column, 1, text.Length + 1);
            Assert.DoesNotContain('\n', diagnostic.ToString());
        }

        Assert.Equal(errors, result.Configuration is null);
        if (result.Configuration is RouterConfiguration configuration)
        {
            Assert.Equal(
                configuration,
                ScriptLoader.Load("export", ScriptExporter.Export(configuration), RouterConfiguration.Default).Configuration);
        }
    }
}
