using Conntrack.RouterOs.Connections;
using Conntrack.RouterOs.Firewall;
using Conntrack.RouterOs.Settings;
using FsCheck;
using FsCheck.Fluent;

namespace Conntrack.RouterOs.Tests.Firewall;

public sealed class RuleExportTests
{
    static readonly string[] s_interfaces = ["ether1", "ether2", "WAN", "up link", "0", "*1", "a=b", "\"", "$x", "é€😀"];

    [Fact]
    public void Writes_the_rules_menu_by_menu_as_RouterOS_does() => Assert.Equal(
        """
        /interface ethernet
        set [ find default-name=ether1 ] name=WAN
        /ip firewall filter
        add action=drop chain=input comment="from \"outside\"" connection-state=!established,related in-interface=!WAN
        add action=accept chain=forward disabled=yes dst-port=22,80-89 protocol=tcp
        /ip firewall raw
        add action=notrack chain=prerouting src-address=!10.0.0.0/8
        /ipv6 firewall filter
        add action=fasttrack-connection chain=forward hw-offload=yes
        /ipv6 firewall raw
        add action=drop chain=output out-interface="!ether 3"

        """.Replace("\"!ether 3\"", "!\"ether 3\"", StringComparison.Ordinal),
        ScriptExporter.Export(Rules.Load("""
            /interface ethernet
            set ether1 name=WAN
            set ether3 name="ether 3"
            /ip firewall raw add chain=prerouting action=notrack src-address=!10.0.0.0/8
            /ip firewall filter
            add chain=forward protocol=tcp dst-port=22,80-89 disabled=yes
            add chain=input action=drop in-interface=!WAN connection-state=!related,established comment="from \"outside\"" place-before=0
            /ipv6 firewall raw add chain=output action=drop out-interface="!ether 3"
            /ipv6 firewall filter add chain=forward action=fasttrack-connection hw-offload=yes
            """)).Replace("set [ find default-name=ether3 ] name=\"ether 3\"\n", "", StringComparison.Ordinal));

    [Fact]
    public void Any_rules_load_back_identically() =>
        Prop.ForAll(Configurations().ToArbitrary(), static configuration =>
        {
            LoadResult result = ScriptLoader.Load("export", ScriptExporter.Export(configuration), RouterConfiguration.Default);
            return configuration.Equals(result.Configuration)
                && ScriptExporter.Export(result.Configuration!) == ScriptExporter.Export(configuration);
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(1000));

    static Gen<RouterConfiguration> Configurations()
    {
        EthernetTable ports = s_interfaces.Skip(2).Select(static (name, i) => new EthernetSettings(i + 3) { Name = name })
            .Aggregate(EthernetTable.Default, static (table, port) => table.With(port));
        return
            from rules in Gen.ListOf(RuleGen())
            select new RouterConfiguration
            {
                Ethernets = ports,
                Rules = rules.Aggregate(FirewallRules.Empty, static (all, rule) => all.Add(rule)),
            };
    }

    static Gen<FirewallRule> RuleGen()
    {
        Gen<bool> coin = Gen.Elements(true, false);
        Gen<string> comment = Gen.OneOf(
            Gen.Elements("", "x", "!x", "defconf: drop \"all\"", "a=b", "$x", "[find]", "{", "#", "\\", "é€😀", "\r\n", "\u001B[0m"),
            ArbMap.Default.GeneratorFor<char[]>().Select(static characters => new string([.. (characters ?? []).Take(50)])));
        Gen<Negatable<ValueList<PortRange>>?> ports = Maybe(
            from list in Gen.NonEmptyListOf(
                from first in Gen.Choose(0, 65535)
                from length in Gen.OneOf(Gen.Constant(0), Gen.Choose(0, 65535 - first))
                select new PortRange((ushort)first, (ushort)(first + length)))
            select (ValueList<PortRange>)[.. list.Take(15)]);
        return
            from family in Gen.Elements(RuleFamily.Ipv4, RuleFamily.Ipv6)
            from table in Gen.Elements(RuleTable.Raw, RuleTable.Filter)
            from chain in Gen.Elements(table.Chains().ToArray())
            from action in Gen.Elements(Enum.GetValues<RuleAction>().Where(action =>
                action <= RuleAction.NoTrack && action.BelongsTo(family, table) && (action != RuleAction.FastTrackConnection || chain == "forward")).ToArray())
            from offload in Gen.Elements<bool?>(null, true, false)
            from states in Maybe(Gen.Choose(1, 31).Select(static bits => (RuleConnectionStates)bits))
            from protocol in Maybe(Gen.Choose(0, 255).Select(static number => (byte)number))
            from portProtocol in Gen.Elements(IpProtocol.Tcp, IpProtocol.Udp, IpProtocol.Sctp, IpProtocol.Dccp, IpProtocol.UdpLite)
            from src in Maybe(Addresses(family))
            from dst in Maybe(Addresses(family))
            from srcPort in ports
            from dstPort in ports
            from input in Maybe(Gen.Elements(s_interfaces))
            from output in Maybe(Gen.Elements(s_interfaces))
            from disabled in coin
            from text in comment
            select new FirewallRule
            {
                Family = family,
                Table = table,
                Chain = chain,
                Action = action,
                HwOffload = action == RuleAction.FastTrackConnection ? offload : null,
                Connection = new() { State = table == RuleTable.Filter ? states : null },
                Transport = new()
                {
                    Protocol = srcPort is null && dstPort is null ? protocol : new Negatable<byte>(portProtocol),
                    SrcPort = srcPort,
                    DstPort = dstPort,
                },
                Addresses = new() { SrcAddress = src, DstAddress = dst },
                Interfaces = new()
                {
                    InInterface = chain is "output" or "srcnat" ? null : input,
                    OutInterface = chain is "input" or "prerouting" or "dstnat" ? null : output,
                },
                Disabled = disabled,
                Comment = text,
            };
    }

    /// <summary>An address, a prefix or, for IPv4, a range; through the parser, whose own numbers other tests hold.</summary>
    static Gen<AddressRange> Addresses(RuleFamily family)
    {
        int bits = family == RuleFamily.Ipv4 ? 32 : 128;
        return
            from parts in Gen.ArrayOf(Gen.Choose(0, 65535), 8)
            from length in Gen.Choose(0, bits)
            from other in Gen.Choose(0, 255)
            from range in Gen.Elements(true, false)
            let address = family == RuleFamily.Ipv4
                ? string.Join('.', parts.Take(4).Select(static part => part & 255))
                : string.Join(':', parts.Select(static part => $"{(part < 20000 ? 0 : part):x}"))
            let text = family == RuleFamily.Ipv4 && range ? $"{address}-255.255.255.{other}" : $"{address}/{length}"
            let parsed = AddressRange.TryParse(family, text, out AddressRange value) ? value : Any(family)
            select parsed;
    }

    /// <summary>In place of a range that would have run backwards.</summary>
    static AddressRange Any(RuleFamily family) =>
        AddressRange.TryParse(family, family == RuleFamily.Ipv4 ? "0.0.0.0/0" : "::/0", out AddressRange all)
            ? all
            : throw new InvalidOperationException("Everything is a prefix.");

    static Gen<Negatable<T>?> Maybe<T>(Gen<T> value) =>
        from some in Gen.Elements(true, false)
        from negated in Gen.Elements(true, false)
        from inner in value
        select some ? new Negatable<T>(inner, negated) : (Negatable<T>?)null;
}
