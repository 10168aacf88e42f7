using System.Buffers.Binary;
using Conntrack.Packets;
using Conntrack.Tracking;

namespace Conntrack.Firewall.Tests;

/// <summary>A packet as a person would describe it, in host order.</summary>
public sealed record PacketSample
{
    public bool IsIpv6 { get; init; }

    public UInt128 Src { get; init; }

    public UInt128 Dst { get; init; }

    public byte Protocol { get; init; } = IpProtocol.Tcp;

    public ushort SrcPort { get; init; }

    public ushort DstPort { get; init; }

    public bool IsLaterFragment { get; init; }

    /// <summary>The transport header ends before its ports.</summary>
    public bool IsCutOff { get; init; }

    public ConnectionStateOfPacket State { get; init; } = ConnectionStateOfPacket.New;

    /// <summary>How its connection is translated; null without a connection.</summary>
    public RuleNatStates? NatState { get; init; }

    public ushort In { get; init; }

    public ushort Out { get; init; } = Packet.NoInterface;

    public uint Length { get; init; } = 60;

    public bool HasPorts =>
        Protocol is IpProtocol.Tcp or IpProtocol.Udp or IpProtocol.UdpLite or IpProtocol.Sctp or IpProtocol.Dccp
        && !IsLaterFragment && !IsCutOff;

    /// <summary>What Parse and Track would leave in the burst.</summary>
    /// <param name="packet">The packet.</param>
    /// <param name="ipHeader">64 bytes: the header, and behind it the beginning of a connection with its flags.</param>
    public unsafe void Write(Packet* packet, byte* ipHeader)
    {
        *packet = default;
        packet->Ip = ipHeader;
        packet->IpLength = Length;
        packet->InInterface = In;
        packet->OutInterface = Out;
        packet->Family = IsIpv6 ? PacketFamily.Ipv6 : PacketFamily.Ipv4;
        packet->Protocol = Protocol;
        packet->State = State;
        if (NatState is { } natState)
        {
            var connection = (Connection*)(ipHeader + 40);
            packet->Connection = connection;
            connection->Flags = ConnectionFlags.Alive | ConnectionFlags.SeenReply | ConnectionFlags.Expected
                | (natState.HasFlag(RuleNatStates.SrcNat) ? ConnectionFlags.SrcNat : 0)
                | (natState.HasFlag(RuleNatStates.DstNat) ? ConnectionFlags.DstNat : 0);
        }

        if (IsIpv6)
        {
            BinaryPrimitives.WriteUInt128BigEndian(new Span<byte>(ipHeader + 8, 16), Src);
            BinaryPrimitives.WriteUInt128BigEndian(new Span<byte>(ipHeader + 24, 16), Dst);
        }
        else
        {
            packet->Tuple.Src = BinaryPrimitives.ReverseEndianness((uint)Src);
            packet->Tuple.Dst = BinaryPrimitives.ReverseEndianness((uint)Dst);
        }

        packet->Marks = (IsLaterFragment ? PacketMarks.Fragment | PacketMarks.LaterFragment : PacketMarks.None)
            | (IsCutOff ? PacketMarks.TransportMalformed : PacketMarks.None);
        packet->Ports.SrcPort = IsLaterFragment || IsCutOff ? (ushort)0 : BinaryPrimitives.ReverseEndianness(SrcPort);
        packet->Ports.DstPort = IsLaterFragment || IsCutOff ? (ushort)0 : BinaryPrimitives.ReverseEndianness(DstPort);
    }
}
