using Conntrack.RouterOs.Menus;

namespace Conntrack.RouterOs.Firewall.Grammars;

/// <summary>What mangle writes.</summary>
static class MangleGrammars
{
    public static ValueGrammar<NewMss> Mss { get; } = new FormGrammar<NewMss>(
        "clamp-to-pmtu, or a number from 40 to 65534", "is no segment size",
        static text => text == "clamp-to-pmtu" ? new NewMss(null) : Numerals.Read<ushort>(text, 40, 65534) is { } bytes ? new NewMss(bytes) : null,
        static mss => mss.Bytes is { } bytes ? Numerals.Write(bytes) : "clamp-to-pmtu", ["clamp-to-pmtu"]);

    static readonly WordGrammar<NewDscp> s_dscp = new(
        ("from-priority", new NewDscp(DscpSource.Priority)), ("from-priority-to-high-3-bits", new NewDscp(DscpSource.PriorityToHighThreeBits)));

    public static ValueGrammar<NewDscp> Dscp { get; } = new FormGrammar<NewDscp>(
        $"{s_dscp.Expected}, or a number from 0 to 63", "is no DSCP",
        static text => s_dscp.Parse(text, out NewDscp named) is null ? named
            : Numerals.Read<byte>(text, 0, 63) is { } value ? new NewDscp(DscpSource.Number, value) : null,
        static dscp => dscp.Source == DscpSource.Number ? Numerals.Write(dscp.Value) : s_dscp.Format(dscp), s_dscp.Words);

    static readonly WordGrammar<NewPriority> s_priority = new(
        ("from-dscp", new NewPriority(PrioritySource.Dscp)), ("from-dscp-high-3-bits", new NewPriority(PrioritySource.DscpHighThreeBits)),
        ("from-ingress", new NewPriority(PrioritySource.Ingress)));

    public static ValueGrammar<NewPriority> Priority { get; } = new FormGrammar<NewPriority>(
        $"{s_priority.Expected}, or a number from 0 to 63", "is no priority",
        static text => s_priority.Parse(text, out NewPriority named) is null ? named
            : Numerals.Read<byte>(text, 0, 63) is { } value ? new NewPriority(PrioritySource.Number, value) : null,
        static priority => priority.Source == PrioritySource.Number ? Numerals.Write(priority.Value) : s_priority.Format(priority),
        s_priority.Words);

    static readonly WordGrammar<HopsOperation> s_operations = new(
        ("set", HopsOperation.Set), ("increment", HopsOperation.Increment), ("decrement", HopsOperation.Decrement));

    /// <summary><c>set:64</c></summary>
    public static ValueGrammar<HopsChange> Hops { get; } = new FormGrammar<HopsChange>(
        $"{s_operations.Expected}, a colon and a number from 0 to 255", "is no change of hops", ReadHops,
        static change => $"{s_operations.Format(change.Operation)}:{change.Hops}");

    static HopsChange? ReadHops(string text)
    {
        (string head, string? tail) = Numerals.Split(text, ':');
        return s_operations.Parse(head, out HopsOperation operation) is null
            && Numerals.Read(tail ?? "", byte.MinValue, byte.MaxValue) is { } hops
            ? new(operation, hops)
            : null;
    }
}
