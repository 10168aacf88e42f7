using System.Collections.Immutable;

namespace Conntrack.Firewall;

/// <summary>connection-state words as a set; bit n stands for value n + 1 of <see cref="Packets.ConnectionStateOfPacket"/>.</summary>
[Flags]
public enum RuleStates : byte
{
    None = 0,
    New = 1 << 0,
    Established = 1 << 1,
    Related = 1 << 2,
    Invalid = 1 << 3,
    Untracked = 1 << 4,
}

/// <summary>
/// connection-nat-state words as a set. The first two are values of the classifier's axis; mappings are asked for by a condition, and are translations
/// as well.
/// </summary>
[Flags]
public enum RuleNatStates : byte
{
    None = 0,
    SrcNat = 1 << 0,
    DstNat = 1 << 1,

    /// <summary>ein-snat.</summary>
    MappedSource = 1 << 2,

    /// <summary>ein-dnat.</summary>
    MappedDestination = 1 << 3,
}

/// <summary>Values from <paramref name="First"/> to <paramref name="Last"/>, both included, in host order.</summary>
public readonly record struct RuleRange(UInt128 First, UInt128 Last);

/// <summary>
/// One matcher of a rule: a packet's value is in the union of the ranges, or with <see cref="Negated"/> in none of them. Ranges may
/// overlap and stand in any order. An empty union matches nothing, negated everything.
/// </summary>
/// <remarks>
/// A packet without a port (a later fragment, a protocol that has none) is matched by no port matcher, negated or not, as xt_multiport has
/// it. A packet that leaves by no interface is simply not in any set of interfaces.
/// </remarks>
public sealed record RuleMatch(ImmutableArray<RuleRange> Ranges, bool Negated)
{
    /// <summary>Any of the states.</summary>
    public static RuleMatch States(RuleStates states, bool negated = false) =>
        new([.. Enumerable.Range(1, 5).Where(value => (((int)states >> (value - 1)) & 1) != 0).Select(value => One((uint)value))], negated);

    /// <summary>Connections translated in any of these ways.</summary>
    public static RuleMatch NatStates(RuleNatStates states, bool negated = false) =>
        new([.. Enumerable.Range(0, 4).Where(value => (value & (int)states) != 0).Select(value => One((uint)value))], negated);

    /// <summary>An IANA protocol number.</summary>
    public static RuleMatch Protocol(byte protocol, bool negated = false) => new([One(protocol)], negated);

    /// <summary>Addresses in host order; those of IPv4 in the low 32 bits.</summary>
    public static RuleMatch Addresses(UInt128 first, UInt128 last, bool negated = false) => new([new(first, last)], negated);

    /// <summary>Ports from <paramref name="first"/> to <paramref name="last"/>, host order.</summary>
    public static RuleMatch Ports(ushort first, ushort last, bool negated = false) => new([new(first, last)], negated);

    /// <summary>Any of several ranges of ports, host order.</summary>
    public static RuleMatch Ports(IEnumerable<(ushort First, ushort Last)> ranges, bool negated = false) =>
        new([.. ranges.Select(range => new RuleRange(range.First, range.Last))], negated);

    /// <summary>An interface by its index in the dataplane's port table.</summary>
    public static RuleMatch Interface(ushort index, bool negated = false) => new([One(index)], negated);

    /// <summary>Any of several interfaces.</summary>
    public static RuleMatch Interfaces(IEnumerable<ushort> indexes, bool negated = false) =>
        new([.. indexes.Select(index => One(index))], negated);

    /// <summary>Whether a value is accepted.</summary>
    internal bool Accepts(UInt128 value)
    {
        foreach (RuleRange range in Ranges)
        {
            if (value >= range.First && value <= range.Last)
            {
                return !Negated;
            }
        }

        return Negated;
    }

    static RuleRange One(uint value) => new(value, value);
}
