using Conntrack.Packets.Headers;

namespace Conntrack.Packets.Rewriting;

/// <summary>
/// One half of a translation applied to an IPv4 packet, every checksum updated (RFC 3022 4.1, RFC 1624). The destination is rewritten
/// before rules and routes see the packet, the source after them. Context and header agree afterwards; the hash stays the connection's.
/// </summary>
public static unsafe class Rewrite4
{
    /// <summary>Rewrites the source.</summary>
    /// <param name="packet">Parsed, sound, not a fragment that waits for others; its data may continue in further segments.</param>
    /// <param name="address">The new source, network order.</param>
    /// <param name="ports">Both ports as they shall be, the other one as it is; of ICMP queries the identifier.</param>
    public static void Source(Packet* packet, uint address, PortPair ports)
    {
        var ip = (Ipv4Header*)packet->Ip;
        ushort delta = ChecksumUpdate.Delta32(ip->Source, address);
        ip->Source = address;
        packet->Tuple.Src = address;
        Finish(packet, ip, delta, ports);
    }

    /// <summary>Rewrites the destination; parameters as of <see cref="Source"/>.</summary>
    public static void Destination(Packet* packet, uint address, PortPair ports)
    {
        var ip = (Ipv4Header*)packet->Ip;
        ushort delta = ChecksumUpdate.Delta32(ip->Destination, address);
        ip->Destination = address;
        packet->Tuple.Dst = address;
        Finish(packet, ip, delta, ports);
    }

    static void Finish(Packet* packet, Ipv4Header* ip, ushort delta, PortPair ports)
    {
        ip->Checksum = ChecksumUpdate.Apply(ip->Checksum, delta);
        TransportRewrite.Apply(packet, delta, ports);
    }
}
