using System.Runtime.CompilerServices;
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

    /// <summary>As <see cref="Source"/> for nearly all there is: a whole TCP segment or UDP datagram. False for any other packet, nothing done.</summary>
    /// <param name="packet">As there.</param>
    /// <param name="address">The new source, network order.</param>
    /// <param name="port">The new source port, network order.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool TrySource(Packet* packet, uint address, ushort port)
    {
        if (!FlowTransport.IsOf(packet))
        {
            return false;
        }

        var ip = (Ipv4Header*)packet->Ip;
        ulong delta = (ulong)~ip->Source + address;
        ip->Source = address;
        packet->Tuple.Src = address;
        Finish(packet, ip, delta, (packet->Tuple.Ports & 0xffff_0000) | port);
        return true;
    }

    /// <summary>As <see cref="TrySource"/> for the destination.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool TryDestination(Packet* packet, uint address, ushort port)
    {
        if (!FlowTransport.IsOf(packet))
        {
            return false;
        }

        var ip = (Ipv4Header*)packet->Ip;
        ulong delta = (ulong)~ip->Destination + address;
        ip->Destination = address;
        packet->Tuple.Dst = address;
        Finish(packet, ip, delta, (ushort)packet->Tuple.Ports | ((uint)port << 16));
        return true;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Finish(Packet* packet, Ipv4Header* ip, ulong delta, uint ports)
    {
        uint before = packet->Tuple.Ports;
        packet->Tuple.Ports = ports;
        ip->Checksum = ChecksumUpdate.Apply(ip->Checksum, Checksum.Fold(delta));
        FlowTransport.Apply(packet, ports, Checksum.Fold(delta + ~before + ports));
    }

    static void Finish(Packet* packet, Ipv4Header* ip, ushort delta, PortPair ports)
    {
        ip->Checksum = ChecksumUpdate.Apply(ip->Checksum, delta);
        TransportRewrite.Apply(packet, delta, ports);
    }
}
