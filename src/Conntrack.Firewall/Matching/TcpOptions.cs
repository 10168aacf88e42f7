using System.Buffers.Binary;
using Conntrack.Packets;
using Conntrack.Packets.Headers;

namespace Conntrack.Firewall.Matching;

/// <summary>Options of a TCP header (RFC 9293 3.1): the segment size it announces.</summary>
static unsafe class TcpOptions
{
    /// <summary>What no option says: beyond every range.</summary>
    public const uint None = uint.MaxValue;

    const byte EndOfList = 0, NoOperation = 1, SegmentSize = 2, LengthOfSegmentSize = 4;

    /// <summary>The segment size; <see cref="None"/> where it is not said.</summary>
    /// <param name="packet">With a whole TCP header.</param>
    /// <param name="offset">Where in the header its two bytes stand.</param>
    public static uint MssOf(Packet* packet, out uint offset)
    {
        byte* header = packet->Transport;
        uint length = Math.Min(((TcpHeader*)header)->HeaderLength, Math.Min(packet->TransportLength, Reachable(packet)));
        offset = 0;
        for (uint at = TcpHeader.ByteSize; at < length;)
        {
            byte kind = header[at];
            if (kind == EndOfList)
            {
                break;
            }

            if (kind == NoOperation)
            {
                at++;
                continue;
            }

            if (at + 1 >= length || header[at + 1] < 2 || at + header[at + 1] > length)
            {
                break;
            }

            if (kind == SegmentSize && header[at + 1] == LengthOfSegmentSize)
            {
                offset = at + 2;
                return BinaryPrimitives.ReverseEndianness(*(ushort*)(header + offset));
            }

            at += header[at + 1];
        }

        return None;
    }

    static uint Reachable(Packet* packet) => Conditions.Reachable(packet) - (uint)(packet->Transport - packet->Ip);
}
