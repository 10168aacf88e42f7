using System.Net;
using Conntrack.Testing;
using PacketDotNet;

namespace Conntrack.Packets.Tests;

/// <summary>Ordinary frames as somebody else's parser reads them; it also judges the frames the tests are made of.</summary>
public sealed unsafe class PacketDotNetTests : IDisposable
{
    readonly ParserHarness _parser = new();

    public static TheoryData<string> Names =>
    [
        "tcp syn", "tcp data", "tcp ack, padded", "udp", "udp empty", "udp of 1500 bytes", "icmp echo", "ipv4 options", "vlan", "qinq",
        "tcp6", "udp6", "icmpv6 echo",
    ];

    public void Dispose() => _parser.Dispose();

    [Theory]
    [MemberData(nameof(Names))]
    public void Samples_read_the_same(string name) => Compare(Samples.All[name]);

    [Fact]
    public void Random_ordinary_frames_read_the_same()
    {
        Random random = new(5);
        for (int i = 0; i < 2000; i++)
        {
            Frame frame = random.Next(2) == 0 ? new Frame() : new Frame().Vlan(random.Next(1, 4095));
            frame = random.Next(2) == 0 ? frame.Ipv4(Address(random, 4), Address(random, 4)) : frame.Ipv6(Address(random, 16), Address(random, 16));
            frame = random.Next(2) == 0
                ? frame.Tcp(random.Next(65536), random.Next(65536), 0x10, (uint)random.Next(), (uint)random.Next(), options: new byte[4 * random.Next(11)])
                : frame.Udp(random.Next(65536), random.Next(65536));
            byte[] data = new byte[random.Next(1400)];
            random.NextBytes(data);
            Compare(frame.Data(data).ToBytes());
        }
    }

    void Compare(byte[] frame)
    {
        Parsed actual = _parser.Parse(frame);
        IPPacket ip = PacketDotNet.Packet.ParsePacket(LinkLayers.Ethernet, frame).Extract<IPPacket>();
        Assert.Equal(DropReason.None, actual.Reason);
        Assert.Equal((int)actual.Family, (int)ip.Version);
        Assert.Equal(actual.IpLength, ip.TotalLength);
        Assert.Equal(actual.Protocol, (byte)ip.Protocol);
        int width = ip.Version == IPVersion.IPv4 ? 4 : 16;
        byte* addresses = _parser.Packet->Ip + (width == 4 ? 12 : 8);
        Assert.Equal(ip.SourceAddress, new IPAddress(new ReadOnlySpan<byte>(addresses, width)));
        Assert.Equal(ip.DestinationAddress, new IPAddress(new ReadOnlySpan<byte>(addresses + width, width)));

        if (ip.PayloadPacket is TransportPacket transport)
        {
            bool good = transport is TcpPacket tcpPacket ? tcpPacket.ValidTcpChecksum : ((UdpPacket)transport).ValidUdpChecksum;
            Assert.Equal(good, (actual.Marks & PacketMarks.TransportChecksumBad) == 0);
            Assert.Equal(actual.SourcePort, transport.SourcePort);
            Assert.Equal(actual.DestinationPort, transport.DestinationPort);
            Assert.Equal(actual.TransportLength, transport.HeaderSegment.Length + (transport.PayloadData?.Length ?? 0));
        }

        if (ip.PayloadPacket is TcpPacket tcp)
        {
            Assert.Equal(actual.TcpFlags, (byte)tcp.Flags);
        }
        else if (ip.PayloadPacket is IcmpV4Packet icmp)
        {
            Assert.Equal(actual.SourcePort, icmp.Id);
            Assert.Equal(actual.DestinationPort, (int)icmp.TypeCode);
        }
    }

    static string Address(Random random, int width)
    {
        byte[] bytes = new byte[width];
        random.NextBytes(bytes);
        return new IPAddress(bytes).ToString();
    }
}
