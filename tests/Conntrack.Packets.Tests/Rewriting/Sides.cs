using System.Buffers.Binary;
using System.Net;
using System.Runtime.Intrinsics;
using Conntrack.Packets.Rewriting;
using Conntrack.Testing;

namespace Conntrack.Packets.Tests.Rewriting;

/// <summary>Both ends of a packet, as text and numbers in host order; and frames between them, every checksum computed afresh.</summary>
sealed record Sides(string Src, string Dst, int SrcPort, int DstPort)
{
    /// <summary>Every transport that a rewrite knows, and one that it does not.</summary>
    public static readonly string[] Transports =
        ["tcp", "udp", "udp without checksum", "udp-lite", "udp-lite partly covered", "sctp", "dccp", "dccp header only", "echo", "pptp", "gre", "ospf"];

    public bool IsIpv6 => Src.Contains(':');

    public static Sides Random(Random random, bool ipv6) =>
        new(Address(random, ipv6), Address(random, ipv6), Port(random), Port(random));

    public Frame Frame(string transport, byte[] data)
    {
        Frame ip = IsIpv6 ? new Frame().Ipv6(Src, Dst) : new Frame().Ipv4(Src, Dst);
        return Over(ip, transport, data);
    }

    public Frame Over(Frame ip, string transport, byte[] data) => transport switch
    {
        "tcp" => ip.Tcp(SrcPort, DstPort, 0x18).Data(data),
        "udp" => ip.Udp(SrcPort, DstPort).Data(data),
        "udp without checksum" => ip.Udp(SrcPort, DstPort, checksum: 0).Data(data),
        "udp-lite" => ip.UdpLite(SrcPort, DstPort).Data(data),
        "udp-lite partly covered" => ip.UdpLite(SrcPort, DstPort, coverage: 8).Data(data),
        "sctp" => ip.Sctp(SrcPort, DstPort).Data(Testing.Frame.Chunk(0, data)),
        "dccp" => ip.Dccp(SrcPort, DstPort).Data(data),
        "dccp header only" => ip.Dccp(SrcPort, DstPort, coverage: 1).Data(data),
        "echo" => IsIpv6 ? ip.Icmpv6(128, 0, SrcPort, 1).Data(data) : ip.Icmp(8, 0, SrcPort, 1).Data(data),
        "pptp" => ip.Pptp(DstPort).Data(data),
        "gre" => ip.Gre().Data(data),
        _ => ip.Protocol(89).Data(data),
    };

    /// <summary>Rewrites one half of a parsed packet to these sides.</summary>
    public unsafe void ApplySource(Packet* packet)
    {
        PortPair ports = packet->Ports;
        ports.SrcPort = HasSourcePort(packet) ? Big(SrcPort) : ports.SrcPort;
        if (IsIpv6)
        {
            Rewrite6.Source(packet, Address6(Src), ports);
        }
        else
        {
            Rewrite4.Source(packet, Address4(Src), ports);
        }
    }

    public unsafe void ApplyDestination(Packet* packet)
    {
        PortPair ports = packet->Ports;
        bool moves = packet->Protocol == IpProtocol.Gre ? ports.DstPort != 0 : HasSourcePort(packet) && (packet->Marks & PacketMarks.IcmpQuery) == 0;
        ports.DstPort = moves ? Big(DstPort) : ports.DstPort;
        if (IsIpv6)
        {
            Rewrite6.Destination(packet, Address6(Dst), ports);
        }
        else
        {
            Rewrite4.Destination(packet, Address4(Dst), ports);
        }
    }

    /// <summary>Both addresses of a packet that is about others' ports.</summary>
    public unsafe void ApplyOuter(Packet* packet)
    {
        if (IsIpv6)
        {
            Rewrite6.Destination(packet, Address6(Dst), packet->Ports);
            Rewrite6.Source(packet, Address6(Src), packet->Ports);
        }
        else
        {
            Rewrite4.Destination(packet, Address4(Dst), packet->Ports);
            Rewrite4.Source(packet, Address4(Src), packet->Ports);
        }
    }

    public static uint Address4(string text) => BitConverter.ToUInt32(IPAddress.Parse(text).GetAddressBytes());

    public static Vector128<byte> Address6(string text) => Vector128.Create(IPAddress.Parse(text).GetAddressBytes());

    public static ushort Big(int port) => BinaryPrimitives.ReverseEndianness((ushort)port);

    static unsafe bool HasSourcePort(Packet* packet) => packet->Protocol is not (IpProtocol.Gre or 89);

    static string Address(Random random, bool ipv6)
    {
        byte[] bytes = new byte[ipv6 ? 16 : 4];
        random.NextBytes(bytes);

        // Words of all zeros and all ones are where one's complement goes wrong.
        int word = 2 * random.Next(bytes.Length / 2);
        if (random.Next(3) == 0)
        {
            bytes.AsSpan(word, 2).Fill((byte)(random.Next(2) * 0xff));
        }

        return new IPAddress(bytes).ToString();
    }

    static int Port(Random random) => random.Next(5) switch { 0 => 0xffff, 1 => 1, _ => random.Next(1, 65536) };
}
