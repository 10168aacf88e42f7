using System.Numerics;
using Conntrack.Memory;
using Conntrack.Packets;

namespace Conntrack.Rig.Lookup;

/// <summary>Packets of numbered flows, both directions, uniformly random from a fixed seed.</summary>
unsafe struct Traffic(uint flows, ulong seed)
{
    public const int Burst = 32;

    /// <summary>IANA protocol number of every flow.</summary>
    const byte Udp = 17;

    ulong _state = seed;

    /// <summary>Fills bursts with packets of random flows; all of a burst arrive at one time.</summary>
    public void Fill(Packet* packets, int bursts, ref ulong microseconds)
    {
        for (int n = 0; n < bursts * Burst; n++)
        {
            if (n % Burst == 0)
            {
                microseconds++;
            }

            // xorshift64*: the upper half picks the flow, a bit of the lower the direction.
            _state ^= _state >> 12;
            _state ^= _state << 25;
            _state ^= _state >> 27;
            ulong random = _state * 0x2545F4914F6CDD1D;
            Set(packets + n, (uint)(((random >> 32) * flows) >> 32), (random & 0x8000) != 0, microseconds);
        }
    }

    /// <summary>One packet of a flow.</summary>
    public static void Set(Packet* packet, uint flow, bool reply, ulong microseconds)
    {
        Tuple4 tuple = Of(flow);
        if (reply)
        {
            (tuple.Src, tuple.Dst) = (tuple.Dst, tuple.Src);
            (tuple.SrcPort, tuple.DstPort) = (tuple.DstPort, tuple.SrcPort);
        }

        packet->Tuple = tuple;
        packet->Protocol = Udp;
        packet->Family = PacketFamily.Ipv4;
        packet->Time = Timestamp.FromMicroseconds(microseconds);
        packet->IpLength = 46;
    }

    /// <summary>A flow's own tuple.</summary>
    public static Tuple4 Of(uint flow) => new()
    {
        Src = BitOperations.RotateLeft(0x0a000000u + flow, 16),
        Dst = 0x010200c0u + (flow << 29),
        SrcPort = (ushort)((flow * 2654435761u) >> 16),
        DstPort = 0x3500,
    };
}
