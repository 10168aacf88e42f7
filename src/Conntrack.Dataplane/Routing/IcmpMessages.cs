namespace Conntrack.Dataplane.Routing;

/// <summary>
/// What a router tells a packet's sender, in the words of both families: type and code of ICMP (RFC 792, RFC 1812 5.2.7) and of ICMPv6
/// (RFC 4443 3), and the second word of the message in host order.
/// </summary>
readonly record struct IcmpMessages(byte Type4, byte Code4, byte Type6, byte Code6, uint Word = 0)
{
    const byte Unreachable4 = 3, TimeExceeded4 = 11, Unreachable6 = 1, TooBig6 = 2, TimeExceeded6 = 3;

    /// <summary>Nothing leads there.</summary>
    public static IcmpMessages NoRoute => new(Unreachable4, 0, Unreachable6, 0);

    /// <summary>A route says that nothing leads there.</summary>
    public static IcmpMessages HostUnreachable => new(Unreachable4, 1, Unreachable6, 0);

    /// <summary>The last link leads there, and nobody answers on it.</summary>
    public static IcmpMessages NeighbourUnreachable => new(Unreachable4, 1, Unreachable6, 3);

    public static IcmpMessages Prohibited => new(Unreachable4, 13, Unreachable6, 1);

    /// <summary>An address of one link cannot leave it; IPv4 has no word for that.</summary>
    public static IcmpMessages BeyondScope => new(Unreachable4, 1, Unreachable6, 2);

    public static IcmpMessages TimeExceeded => new(TimeExceeded4, 0, TimeExceeded6, 0);

    /// <summary>Too large for a link of this MTU.</summary>
    public static IcmpMessages TooBig(uint mtu) => new(Unreachable4, 4, TooBig6, 0, mtu);

    /// <summary>What the sender needs to find its packets' size is never held back (RFC 1812 4.3.2.8).</summary>
    public bool IsLimited => Type6 != TooBig6;
}
