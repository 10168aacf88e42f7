using Conntrack.Packets.Headers;

namespace Conntrack.Packets;

/// <summary>
/// What a steering index knows a packet by: the flow hash, and the same under another zone. 64 bits of the direction-free key, which nobody
/// without the hash's own key can make two packets agree in.
/// </summary>
public static unsafe class SteeringKey
{
    /// <summary>A zone that no packet is in: hashes with it are others than the index's.</summary>
    public const ushort Zone = ushort.MaxValue;

    /// <summary>Puts both hashes together.</summary>
    public static ulong Of(uint hash, uint second) => hash | ((ulong)second << 32);

    /// <summary>Of a packet, parsed, or of what would answer one that an error quotes.</summary>
    public static ulong Of(FlowHash* hash, Packet* packet) => Of(packet->Hash, packet->Family == PacketFamily.Ipv4
        ? hash->Hash4(packet->Tuple, packet->Protocol, Zone)
        : hash->Hash6(&((Ipv6Header*)packet->Ip)->Addresses, packet->Ports, packet->Protocol, Zone));

    /// <summary>
    /// The worker of several that the packets between two addresses belong to when nothing more is known of them, as of fragments: both
    /// directions to one.
    /// </summary>
    public static uint WorkerOfAddresses(FlowHash* hash, Packet* packet, uint workers)
    {
        uint pair = packet->Family == PacketFamily.Ipv4
            ? hash->Hash4(packet->Tuple.Addresses, 0, 0, 0)
            : hash->Hash6(&((Ipv6Header*)packet->Ip)->Addresses, default, 0, 0);
        return pair % workers;
    }
}
