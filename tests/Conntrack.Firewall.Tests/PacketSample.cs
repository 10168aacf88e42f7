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

    public byte Ttl { get; init; } = 64;

    public byte Dscp { get; init; }

    public byte TcpFlags { get; init; }

    public ushort Mark { get; init; }

    /// <summary>Of its connection; without one it has none.</summary>
    public ushort ConnectionMark { get; init; }

    public bool HasPorts =>
        Protocol is IpProtocol.Tcp or IpProtocol.Udp or IpProtocol.UdpLite or IpProtocol.Sctp or IpProtocol.Dccp
        && !IsLaterFragment && !IsCutOff;

    /// <summary>What no packet of a connection's direction changes.</summary>
    public bool IsOfOneDirectionWith(PacketSample other) =>
        (Src, Dst, Protocol, SrcPort, DstPort, IsLaterFragment, IsCutOff, NatState, State)
            == (other.Src, other.Dst, other.Protocol, other.SrcPort, other.DstPort, other.IsLaterFragment, other.IsCutOff, other.NatState, other.State);

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
        packet->Transport = IsLaterFragment ? null : ipHeader;
        packet->TcpFlags = TcpFlags;
        packet->PacketMark = Mark;
        if (IsIpv6)
        {
            ipHeader[0] = (byte)(0x60 | (Dscp >> 2));
            ipHeader[1] = (byte)(Dscp << 6);
            ipHeader[7] = Ttl;
        }
        else
        {
            ipHeader[0] = 0x45;
            ipHeader[1] = (byte)(Dscp << 2);
            ipHeader[8] = Ttl;
        }

        if (NatState is { } natState)
        {
            var connection = (Connection*)(ipHeader + 40);
            packet->Connection = connection;
            connection->Mark = ConnectionMark;
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
