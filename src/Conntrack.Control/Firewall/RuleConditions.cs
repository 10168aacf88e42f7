using System.Collections.Immutable;
using System.Text;
using Conntrack.Firewall;
using Conntrack.RouterOs.Firewall;
using Conntrack.Tracking.Helpers;
using RuleStates = Conntrack.RouterOs.Firewall.RuleNatStates;

namespace Conntrack.Control.Firewall;

/// <summary>What a configuration's rule asks besides the axes of the classifier, as the dataplane's conditions.</summary>
static class RuleConditions
{
    static readonly Ipv4Option[] s_options =
    [
        Ipv4Option.StrictSourceRouting, Ipv4Option.LooseSourceRouting, Ipv4Option.NoSourceRouting, Ipv4Option.RecordRoute,
        Ipv4Option.NoRecordRoute, Ipv4Option.Timestamp, Ipv4Option.NoTimestamp, Ipv4Option.RouterAlert, Ipv4Option.NoRouterAlert,
        Ipv4Option.Any, Ipv4Option.None,
    ];

    static readonly Ipv6ExtensionHeaders[] s_headers =
    [
        Ipv6ExtensionHeaders.HopByHop, Ipv6ExtensionHeaders.Destination, Ipv6ExtensionHeaders.Routing, Ipv6ExtensionHeaders.Fragment,
        Ipv6ExtensionHeaders.Authentication, Ipv6ExtensionHeaders.Esp, Ipv6ExtensionHeaders.Nothing, Ipv6ExtensionHeaders.Protocol,
    ];

    /// <summary>How long dst-limit remembers a flow where nobody says.</summary>
    static readonly TimeSpan s_expire = TimeSpan.FromSeconds(10);

    public static ImmutableArray<RuleCondition> Of(FirewallRule rule, RuleNames names, RuleInterfaces router)
    {
        List<RuleCondition> all = [];
        OfAddresses(rule, names, all);
        OfTransport(rule.Transport, all);
        OfPacket(rule.Packet, names, all);
        OfBridges(rule.Interfaces, router, all);
        Add(all, rule.Packet.RoutingTable, table => RuleCondition.RoutingTable(router.TableOf(table)));
        Add(all, rule.Connection.Limit, limit => RuleCondition.ConnectionLimit(limit.Count, limit.PrefixLength, (uint)rule.Id));
        Add(all, rule.Content.Layer7Protocol, name => names.Layer7(router.Configuration, name) is { } pattern
            ? RuleCondition.Layer7(pattern)
            : RuleCondition.Never());
        Add(all, rule.Packet.RoutingMark, mark => RuleCondition.RoutingMark(router.TableOf(mark)));
        Add(all, rule.Connection.Mark, mark => RuleCondition.ConnectionMark(names.ConnectionMark(mark)));
        if (rule.Connection.Bytes is { } bytes)
        {
            all.Add(RuleCondition.ConnectionBytes(bytes.From, bytes.To));
        }

        Add(all, rule.Connection.Rate, rate => RuleCondition.ConnectionRate(rate.From, rate.To));
        Add(all, rule.Connection.Type, type => RuleCondition.ConnectionType((HelperKind)type));
        if (rule.Connection.NatState is { } state && AsksForMappings(state.Value))
        {
            all.Add(RuleCondition.MappedState((Conntrack.Firewall.RuleNatStates)state.Value) with { Negated = state.Negated });
        }

        if (rule.Action == RuleAction.EndpointIndependentNat)
        {
            all.Add(RuleCondition.Mapped());
        }

        Add(all, rule.Content.Content, text => RuleCondition.Content(Encoding.Latin1.GetBytes(text)));
        Add(all, rule.Content.TlsHost, RuleCondition.TlsHost);
        OfRates(rule.Rates, all);
        return [.. all];
    }

    /// <summary>Whether a set asks for a mapping of an end without asking for any translation of it.</summary>
    public static bool AsksForMappings(RuleStates states) =>
        (states & (RuleStates.SrcNat | RuleStates.EndpointIndependentSrcNat)) == RuleStates.EndpointIndependentSrcNat
        || (states & (RuleStates.DstNat | RuleStates.EndpointIndependentDstNat)) == RuleStates.EndpointIndependentDstNat;

    static void OfAddresses(FirewallRule rule, RuleNames names, List<RuleCondition> all)
    {
        AddressMatchers addresses = rule.Addresses;
        Add(all, addresses.SrcMacAddress, mac => RuleCondition.SrcMac(mac.Value));
        Add(all, addresses.SrcAddressType, types => RuleCondition.SrcAddressType(TypesOf(types)));
        Add(all, addresses.DstAddressType, types => RuleCondition.DstAddressType(TypesOf(types)));
        Add(all, addresses.SrcAddressList, list => RuleCondition.SrcAddressList(names.List(rule.Family, list)));
        Add(all, addresses.DstAddressList, list => RuleCondition.DstAddressList(names.List(rule.Family, list)));
    }

    static void OfBridges(InterfaceMatchers interfaces, RuleInterfaces router, List<RuleCondition> all)
    {
        Add(all, interfaces.InBridgePort, port => RuleCondition.InBridgePort(router.BridgePort(port)));
        Add(all, interfaces.InBridgePortList, list => RuleCondition.InBridgePort(router.BridgePorts(list)));
        Add(all, interfaces.OutBridgePort, port => RuleCondition.OutBridgePort(router.BridgePort(port)));
        Add(all, interfaces.OutBridgePortList, list => RuleCondition.OutBridgePort(router.BridgePorts(list)));
    }

    static void OfTransport(TransportMatchers transport, List<RuleCondition> all)
    {
        Add(all, transport.Port, ports => RuleCondition.Port(ports.Select(port => (port.First, port.Last))));
        if (transport.TcpFlags is { } flags)
        {
            all.Add(RuleCondition.TcpFlags((byte)flags.Set, (byte)flags.Clear));
        }

        Add(all, transport.TcpMss, mss => RuleCondition.TcpMss(mss.From, mss.To));
        Add(all, transport.IcmpOptions, icmp => RuleCondition.IcmpOptions(icmp.Type, icmp.FirstCode, icmp.LastCode));
    }

    static void OfPacket(PacketMatchers packet, RuleNames names, List<RuleCondition> all)
    {
        Add(all, packet.PacketSize, size => RuleCondition.PacketSize(size.From, size.To));
        AddHops(all, packet.Ttl);
        AddHops(all, packet.HopLimit);
        Add(all, packet.Dscp, RuleCondition.Dscp);
        Add(all, packet.Priority, RuleCondition.Priority);
        Add(all, packet.IngressPriority, RuleCondition.IngressPriority);
        if (packet.Fragment is { } fragment)
        {
            all.Add(RuleCondition.Fragment() with { Negated = !fragment });
        }

        if (packet.Ipv4Options is { } option)
        {
            all.Add(RuleCondition.Ipv4Options(s_options[(int)option]));
        }

        Add(all, packet.Headers, match => RuleCondition.Headers(HeadersOf(match.Headers), !match.Exact));
        Add(all, packet.PacketMark, mark => RuleCondition.PacketMark(names.PacketMark(mark)));
    }

    static void OfRates(RateMatchers rates, List<RuleCondition> all)
    {
        Add(all, rates.Limit, limit => RuleCondition.Limit(limit.Rate, limit.Per, Math.Max(limit.Burst, 1), limit.Bits));
        if (rates.DstLimit is { } each)
        {
            all.Add(RuleCondition.DstLimit(each.Rate, each.Per, Math.Max(each.Burst, 1), FieldsOf(each.Key), each.Expire ?? s_expire));
        }

        if (rates.Psd is { } psd)
        {
            all.Add(RuleCondition.Psd(Short(psd.Threshold), psd.Delay, Short(psd.LowPortWeight), Short(psd.HighPortWeight)));
        }

        Add(all, rates.Nth, nth => RuleCondition.Nth(nth.Every, nth.Packet));
        if (rates.Random is { } percent)
        {
            all.Add(RuleCondition.Random(percent));
        }

        Add(all, rates.PerConnectionClassifier, pcc =>
            RuleCondition.PerConnectionClassifier((PacketFields)pcc.Key, pcc.Denominator, pcc.Remainder));
        Add(all, rates.Time, time => RuleCondition.Time(
            time.From, time.To, Enum.GetValues<DayOfWeek>().Where(day => ((int)time.Days >> (int)day & 1) != 0)));
    }

    static void AddHops(List<RuleCondition> all, HopsMatch? match)
    {
        if (match is { } hops)
        {
            all.Add(hops.Relation switch
            {
                HopsRelation.Equal => RuleCondition.Ttl(hops.Hops, hops.Hops),
                HopsRelation.NotEqual => RuleCondition.Ttl(hops.Hops, hops.Hops) with { Negated = true },
                HopsRelation.LessThan => RuleCondition.Ttl(hops.Hops, byte.MaxValue) with { Negated = true },
                _ => RuleCondition.Ttl(0, hops.Hops) with { Negated = true },
            });
        }
    }

    static void Add<T>(List<RuleCondition> all, Negatable<T>? match, Func<T, RuleCondition> condition)
    {
        if (match is { } asked)
        {
            all.Add(condition(asked.Value) with { Negated = asked.Negated });
        }
    }

    /// <summary>Kinds that only a route would tell are nobody's here.</summary>
    static AddressTypes TypesOf(RuleAddressTypes types) =>
        (AddressTypes)types & (AddressTypes.Unicast | AddressTypes.Local | AddressTypes.Broadcast | AddressTypes.Multicast);

    static Ipv6ExtensionHeaders HeadersOf(RuleIpv6Headers headers)
    {
        Ipv6ExtensionHeaders set = Ipv6ExtensionHeaders.None;
        for (int bit = 0; bit < s_headers.Length; bit++)
        {
            set |= ((int)headers >> bit & 1) != 0 ? s_headers[bit] : Ipv6ExtensionHeaders.None;
        }

        return set;
    }

    static PacketFields FieldsOf(FlowKey key) => key switch
    {
        FlowKey.DstAddress => PacketFields.DstAddress,
        FlowKey.DstAddressAndPort => PacketFields.DstAddress | PacketFields.DstPort,
        FlowKey.SrcAddress => PacketFields.SrcAddress,
        FlowKey.SrcAndDstAddresses => PacketFields.SrcAddress | PacketFields.DstAddress,
        _ => PacketFields.SrcAddress | PacketFields.DstAddress | PacketFields.DstPort,
    };

    static ushort Short(uint value) => (ushort)Math.Min(value, ushort.MaxValue);
}
