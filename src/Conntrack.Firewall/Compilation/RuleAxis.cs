namespace Conntrack.Firewall.Compilation;

/// <summary>One thing rules ask of a packet: which matcher of a rule it is, and the values a packet can have.</summary>
sealed record RuleAxis(string Name, UInt128 Most, Func<RuleSpec, RuleMatch?> MatchOf)
{
    /// <summary>Bits of a packet's state, and the number of ways in which a connection is translated.</summary>
    public const int StateBits = 3, NatStates = 4;

    /// <summary>The highest interface a rule may name; the one above stands for no interface.</summary>
    public const ushort MostInterface = Packets.Packet.NoInterface - 1;

    public static readonly RuleAxis ConnectionState = new("connection-state", (1 << StateBits) - 1, rule => rule.ConnectionState);
    public static readonly RuleAxis ConnectionNatState = new("connection-nat-state", NatStates - 1, rule => rule.ConnectionNatState);

    /// <summary>Both of these as the image asks for them, the second above the bits of the first: two questions that one row answers.</summary>
    public static readonly RuleAxis State = new("state", (NatStates << StateBits) - 1, StateOf);

    public static readonly RuleAxis Protocol = new("protocol", byte.MaxValue, rule => rule.Protocol);
    public static readonly RuleAxis In = new("in-interface", MostInterface, rule => rule.InInterface);
    public static readonly RuleAxis Out = new("out-interface", MostInterface, rule => rule.OutInterface);
    public static readonly RuleAxis SrcAddress4 = new("src-address", uint.MaxValue, rule => rule.SrcAddress);
    public static readonly RuleAxis DstAddress4 = new("dst-address", uint.MaxValue, rule => rule.DstAddress);
    public static readonly RuleAxis SrcAddress6 = new("src-address", UInt128.MaxValue, rule => rule.SrcAddress);
    public static readonly RuleAxis DstAddress6 = new("dst-address", UInt128.MaxValue, rule => rule.DstAddress);
    public static readonly RuleAxis SrcPort = new("src-port", ushort.MaxValue, rule => rule.SrcPort);
    public static readonly RuleAxis DstPort = new("dst-port", ushort.MaxValue, rule => rule.DstPort);

    /// <summary>What a rule of a family may ask, the most telling first.</summary>
    public static IReadOnlyList<RuleAxis> Of(bool isIpv6) => isIpv6 ? s_axes6 : s_axes4;

    // Below the axes: static fields are set in the order they stand in.
    static readonly RuleAxis[] s_axes4 = [SrcAddress4, DstAddress4, DstPort, SrcPort, In, Out, Protocol, ConnectionState, ConnectionNatState];
    static readonly RuleAxis[] s_axes6 = [SrcAddress6, DstAddress6, DstPort, SrcPort, In, Out, Protocol, ConnectionState, ConnectionNatState];

    /// <summary>How many of <see cref="Of"/> are addresses and ports: the axes on which a rule is usually narrow.</summary>
    public const int NarrowAxes = 4;

    static RuleMatch? StateOf(RuleSpec rule)
    {
        if (rule.ConnectionState == null && rule.ConnectionNatState == null)
        {
            return null;
        }

        List<RuleRange> runs = [];
        for (uint value = 0; value < NatStates << StateBits; value++)
        {
            bool matches = rule.ConnectionState?.Accepts(value & ((1u << StateBits) - 1)) != false
                && rule.ConnectionNatState?.Accepts(value >> StateBits) != false;
            if (matches && runs.Count != 0 && runs[^1].Last + 1 == value)
            {
                runs[^1] = new(runs[^1].First, value);
            }
            else if (matches)
            {
                runs.Add(new(value, value));
            }
        }

        return new([.. runs], Negated: false);
    }
}
