using Conntrack.Packets;
using Conntrack.Packets.Headers;

namespace Conntrack.Firewall.Matching;

/// <summary>Options of an IPv4 header (RFC 791 3.1, RFC 2113), as ipv4-options asks for them.</summary>
static unsafe class Ipv4OptionList
{
    const byte EndOfList = 0, NoOperation = 1, RecordRoute = 7, Timestamp = 68, LooseSource = 131, StrictSource = 137, RouterAlert = 148;

    public static bool Has(Packet* packet, Ipv4Option option) => option switch
    {
        Ipv4Option.Any => HeaderLength(packet) > Ipv4Header.ByteSize,
        Ipv4Option.None => HeaderLength(packet) == Ipv4Header.ByteSize,
        Ipv4Option.LooseSourceRouting => Contains(packet, LooseSource),
        Ipv4Option.StrictSourceRouting => Contains(packet, StrictSource),
        Ipv4Option.NoSourceRouting => !Contains(packet, LooseSource) && !Contains(packet, StrictSource),
        Ipv4Option.RecordRoute => Contains(packet, RecordRoute),
        Ipv4Option.NoRecordRoute => !Contains(packet, RecordRoute),
        Ipv4Option.Timestamp => Contains(packet, Timestamp),
        Ipv4Option.NoTimestamp => !Contains(packet, Timestamp),
        Ipv4Option.RouterAlert => Contains(packet, RouterAlert),
        _ => !Contains(packet, RouterAlert),
    };

    /// <summary>Bytes of header and options.</summary>
    public static uint HeaderLength(Packet* packet) => (packet->Ip[0] & 0xfu) * 4;

    static bool Contains(Packet* packet, byte option)
    {
        uint length = HeaderLength(packet);
        for (uint at = Ipv4Header.ByteSize; at < length;)
        {
            byte kind = packet->Ip[at];
            if (kind == option)
            {
                return true;
            }

            if (kind == EndOfList)
            {
                return false;
            }

            uint step = kind == NoOperation ? 1 : at + 1 < length ? packet->Ip[at + 1] : 0u;
            if (step == 0)
            {
                return false;
            }

            at += step;
        }

        return false;
    }
}
