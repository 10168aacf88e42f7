using System.Buffers.Binary;

namespace Conntrack.Budget;

/// <summary>Number of a flow to the frame of one of its packets: the same traffic as perf/native/flow_frame.h, written for reading.</summary>
static class FlowFrame
{
    public const byte Syn = 2;
    public const byte Push = 8;
    public const byte Acknowledge = 16;

    const byte Tcp = 6;
    const uint NatAddress = 0xCB007101;
    static ReadOnlySpan<byte> Ethernet => [2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2];

    /// <summary>Writes the frame and returns its length.</summary>
    public static int Write(Span<byte> frame, Traffic traffic, uint flow, bool isReply, byte tcpFlags)
    {
        int length = traffic.IsIpv6 && traffic.Protocol == Tcp ? 74 : 64;
        frame[..length].Clear();
        Ethernet.CopyTo(frame);
        BinaryPrimitives.WriteUInt16BigEndian(frame[12..], traffic.IsIpv6 ? (ushort)0x86dd : (ushort)0x0800);
        Span<byte> packet = frame[14..length];
        Span<byte> addresses = traffic.IsIpv6 ? Ipv6(packet, traffic, flow, isReply) : Ipv4(packet, traffic, flow, isReply);
        Transport(packet[(traffic.IsIpv6 ? 40 : 20)..], addresses, traffic, flow, isReply, tcpFlags);
        return length;
    }

    /// <summary>Whether a receiver would take it: both checksums are right. Of anything but TCP and UDP over IPv4 nothing is asked.</summary>
    public static bool IsSound(ReadOnlySpan<byte> frame)
    {
        ReadOnlySpan<byte> packet = frame[14..];
        if (BinaryPrimitives.ReadUInt16BigEndian(frame[12..]) != 0x0800 || packet[9] is not (Tcp or 17))
        {
            return true;
        }

        packet = packet[..BinaryPrimitives.ReadUInt16BigEndian(packet[2..])];
        uint segment = Sum(packet[12..20]) + packet[9] + (uint)(packet.Length - 20) + Sum(packet[20..]);
        return Folded(Sum(packet[..20])) == 0xffff && Folded(segment) == 0xffff;
    }

    static uint Client(uint flow) => 0x0A000000u | ((flow * 2654435761u) >> 8);

    static uint Server(uint flow) => 0xC6120000u + (flow >> 15);

    static Span<byte> Ipv4(Span<byte> packet, Traffic traffic, uint flow, bool isReply)
    {
        packet[0] = 0x45;
        BinaryPrimitives.WriteUInt16BigEndian(packet[2..], (ushort)packet.Length);
        packet[6] = 0x40;
        packet[8] = 64;
        packet[9] = traffic.Protocol;
        BinaryPrimitives.WriteUInt32BigEndian(packet[12..], isReply ? Server(flow) : Client(flow));
        BinaryPrimitives.WriteUInt32BigEndian(packet[16..], !isReply ? Server(flow) : traffic.IsTranslated ? NatAddress : Client(flow));
        BinaryPrimitives.WriteUInt16BigEndian(packet[10..], Checksum(Sum(packet[..20])));
        return packet[12..20];
    }

    static Span<byte> Ipv6(Span<byte> packet, Traffic traffic, uint flow, bool isReply)
    {
        packet[0] = 0x60;
        BinaryPrimitives.WriteUInt16BigEndian(packet[4..], (ushort)(packet.Length - 40));
        packet[6] = traffic.Protocol;
        packet[7] = 64;
        Address(packet[(isReply ? 24 : 8)..], 0xa, Client(flow));
        Address(packet[(isReply ? 8 : 24)..], 0xb, Server(flow));
        return packet[8..40];

        static void Address(Span<byte> at, byte network, uint host)
        {
            BinaryPrimitives.WriteUInt32BigEndian(at, 0x20010002);
            at[7] = network;
            BinaryPrimitives.WriteUInt32BigEndian(at[12..], host);
        }
    }

    static void Transport(Span<byte> segment, ReadOnlySpan<byte> addresses, Traffic traffic, uint flow, bool isReply, byte flags)
    {
        bool isTcp = traffic.Protocol == Tcp;
        ushort client = (ushort)(1024 + (flow & 0x7fff)), server = isTcp ? (ushort)443 : (ushort)4433;
        BinaryPrimitives.WriteUInt16BigEndian(segment, isReply ? server : client);
        BinaryPrimitives.WriteUInt16BigEndian(segment[2..], isReply ? client : server);
        if (isTcp)
        {
            // Every established segment repeats one inside the window.
            BinaryPrimitives.WriteUInt32BigEndian(segment[4..], (isReply ? 5000u : 1000u) + ((flags & Syn) != 0 ? 0u : 1u));
            BinaryPrimitives.WriteUInt32BigEndian(segment[8..], (flags & Acknowledge) == 0 ? 0u : isReply ? 1001u : 5001u);
            segment[12] = 0x50;
            segment[13] = flags;
            BinaryPrimitives.WriteUInt16BigEndian(segment[14..], 0xffff);
        }
        else
        {
            BinaryPrimitives.WriteUInt16BigEndian(segment[4..], (ushort)segment.Length);
        }

        uint sum = Sum(addresses) + traffic.Protocol + (uint)segment.Length + Sum(segment);
        BinaryPrimitives.WriteUInt16BigEndian(segment[(isTcp ? 16 : 6)..], Checksum(sum));
    }

    static uint Sum(ReadOnlySpan<byte> bytes)
    {
        uint sum = 0;
        for (int i = 0; i < bytes.Length; i += 2)
        {
            sum += BinaryPrimitives.ReadUInt16BigEndian(bytes[i..]);
        }

        return sum;
    }

    static ushort Checksum(uint sum) => Folded(sum) == 0xffff ? (ushort)0xffff : (ushort)~Folded(sum);

    static ushort Folded(uint sum)
    {
        sum = (sum & 0xffff) + (sum >> 16);
        return (ushort)((sum & 0xffff) + (sum >> 16));
    }
}
