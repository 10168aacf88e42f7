using Conntrack.RouterOs.Menus;

namespace Conntrack.RouterOs.Firewall.Grammars;

/// <summary>Matchers of headers.</summary>
static class HeaderGrammars
{
    public static SignedSetGrammar<RuleTcpFlags> TcpFlags { get; } = new(
        "TCP flag", ("fin", RuleTcpFlags.Fin), ("syn", RuleTcpFlags.Syn), ("rst", RuleTcpFlags.Rst), ("psh", RuleTcpFlags.Psh),
        ("ack", RuleTcpFlags.Ack), ("urg", RuleTcpFlags.Urg), ("ece", RuleTcpFlags.Ece), ("cwr", RuleTcpFlags.Cwr));

    public static SignedSetGrammar<RuleHotspot> Hotspot { get; } = new(
        "kind of HotSpot traffic", ("from-client", RuleHotspot.FromClient), ("auth", RuleHotspot.Auth), ("local-dst", RuleHotspot.LocalDst),
        ("to-client", RuleHotspot.ToClient), ("http", RuleHotspot.Http));

    public static WordGrammar<RuleIpv4Options> Ipv4Options { get; } = new(
        ("any", RuleIpv4Options.Any), ("loose-source-routing", RuleIpv4Options.LooseSourceRouting),
        ("no-record-route", RuleIpv4Options.NoRecordRoute), ("no-router-alert", RuleIpv4Options.NoRouterAlert),
        ("no-source-routing", RuleIpv4Options.NoSourceRouting), ("no-timestamp", RuleIpv4Options.NoTimestamp),
        ("none", RuleIpv4Options.None), ("record-route", RuleIpv4Options.RecordRoute), ("router-alert", RuleIpv4Options.RouterAlert),
        ("strict-source-routing", RuleIpv4Options.StrictSourceRouting), ("timestamp", RuleIpv4Options.Timestamp));

    public static WordGrammar<IpsecPolicy> IpsecPolicy { get; } = new(
        ("in,ipsec", new IpsecPolicy(false, true)), ("in,none", new IpsecPolicy(false, false)), ("out,ipsec", new IpsecPolicy(true, true)),
        ("out,none", new IpsecPolicy(true, false)));

    static readonly WordGrammar<HopsRelation> s_relations = new(
        ("equal", HopsRelation.Equal), ("not-equal", HopsRelation.NotEqual), ("less-than", HopsRelation.LessThan),
        ("greater-than", HopsRelation.GreaterThan));

    /// <summary><c>equal:1</c></summary>
    public static ValueGrammar<HopsMatch> Hops { get; } = new FormGrammar<HopsMatch>(
        $"{s_relations.Expected}, a colon and a number from 0 to 255", "is no comparison of hops", ReadHops,
        static match => $"{s_relations.Format(match.Relation)}:{match.Hops}");

    /// <summary><c>type[:code[-code]]</c></summary>
    public static ValueGrammar<IcmpOptions> Icmp { get; } = new FormGrammar<IcmpOptions>(
        "type:code or type:code-code such as 8:0 or 3:0-1", "is no ICMP type and code", ReadIcmp,
        static icmp => icmp.FirstCode == icmp.LastCode ? $"{icmp.Type}:{icmp.FirstCode}" : $"{icmp.Type}:{icmp.FirstCode}-{icmp.LastCode}");

    static readonly WordSetGrammar<RuleIpv6Headers> s_headers = new(
        "header", ("hop", RuleIpv6Headers.HopByHop), ("dst", RuleIpv6Headers.Destination), ("route", RuleIpv6Headers.Route),
        ("frag", RuleIpv6Headers.Fragment), ("ah", RuleIpv6Headers.Ah), ("esp", RuleIpv6Headers.Esp), ("none", RuleIpv6Headers.NoNext),
        ("proto", RuleIpv6Headers.Protocol));

    /// <summary><c>hop,dst[:exact|contains]</c></summary>
    public static ValueGrammar<Ipv6HeadersMatch> Headers { get; } = new FormGrammar<Ipv6HeadersMatch>(
        $"{s_headers.Expected}, then :contains or :exact", "is no set of headers", ReadHeaders,
        static match => $"{s_headers.Format(match.Headers)}:{(match.Exact ? "exact" : "contains")}");

    static HopsMatch? ReadHops(string text)
    {
        (string head, string? tail) = Numerals.Split(text, ':');
        return s_relations.Parse(head, out HopsRelation relation) is null && Numerals.Read(tail ?? "", byte.MinValue, byte.MaxValue) is { } hops
            ? new(relation, hops)
            : null;
    }

    static IcmpOptions? ReadIcmp(string text)
    {
        (string head, string? codes) = Numerals.Split(text, ':');
        (string first, string? last) = Numerals.Split(codes ?? "0-255", '-');
        return Numerals.Read(head, byte.MinValue, byte.MaxValue) is { } type && Numerals.Read(first, byte.MinValue, byte.MaxValue) is { } low
            && Numerals.Read(last ?? first, low, byte.MaxValue) is { } high
            ? new(type, low, high)
            : null;
    }

    static Ipv6HeadersMatch? ReadHeaders(string text)
    {
        (string head, string? mode) = Numerals.Split(text, ':');
        return mode is null or "contains" or "exact" && s_headers.Parse(head, out RuleIpv6Headers headers) is null
            ? new(headers, mode == "exact")
            : null;
    }
}
