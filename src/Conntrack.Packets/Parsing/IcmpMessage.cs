using Conntrack.Packets.Headers;

namespace Conntrack.Packets.Parsing;

/// <summary>
/// Sorts ICMP and ICMPv6 messages as nf_conntrack does: queries get a tuple, errors quote somebody else's packet, neighbour discovery and
/// multicast listener and router discovery are never tracked. Every other type stays unmarked, and Track calls it invalid, redirects of
/// ICMPv6 among them.
/// </summary>
static unsafe class IcmpMessage
{
    /// <summary>A whole ICMP header over IPv4.</summary>
    public static TransportFacts Classify4(IcmpHeader* icmp)
    {
        int type = icmp->Type;
        if (IcmpQuery.Opposite4(type) >= 0)
        {
            return Query(icmp, IcmpQuery.Asks4(type));
        }

        // Destination unreachable, source quench, redirect, time exceeded, parameter problem.
        bool error = type is 3 or 4 or 5 or 11 or 12;
        return new TransportFacts(0, error ? PacketMarks.IcmpError : PacketMarks.None);
    }

    /// <summary>A whole ICMPv6 header over IPv6.</summary>
    public static TransportFacts Classify6(IcmpHeader* icmp)
    {
        int type = icmp->Type;
        if (IcmpQuery.Opposite6(type) >= 0)
        {
            return Query(icmp, IcmpQuery.Asks6(type));
        }

        PacketMarks marks = type switch
        {
            // A type without the high-order bit is an error, known or not (RFC 4443 2.1).
            < 128 => PacketMarks.IcmpError,

            // Multicast listener query, report, done, report version 2 (RFC 3810); router and neighbour solicitation and
            // advertisement (RFC 4861); multicast router advertisement and solicitation (RFC 4286).
            (>= 130 and <= 136) or 143 or 151 or 152 => PacketMarks.NeighbourDiscovery,
            _ => PacketMarks.None,
        };
        return new TransportFacts(0, marks);
    }

    static TransportFacts Query(IcmpHeader* icmp, bool asks) => new(
        icmp->Identifier | ((uint)icmp->TypeAndCode << 16),
        asks ? PacketMarks.IcmpQuery : PacketMarks.IcmpQuery | PacketMarks.IcmpReply);
}
