using System.Runtime.InteropServices;
using Conntrack.Packets.Headers;
using Conntrack.Packets.Rewriting;

namespace Conntrack.Packets.Tests.Rewriting;

/// <summary>Both halves at once, worked out beforehand, against the packet the new ends would have exchanged.</summary>
public sealed unsafe class FlowRewriteTests : IDisposable
{
    readonly ParserHarness _parser = new();
    readonly byte* _line = (byte*)NativeMemory.AlignedAlloc(128, 64);
    readonly Random _random = new(5);

    [Theory]
    [InlineData("tcp", false)]
    [InlineData("tcp", true)]
    [InlineData("udp", false)]
    [InlineData("udp", true)]
    [InlineData("udp without checksum", false)]
    [InlineData("udp without checksum", true)]
    public void Random_translations(string transport, bool ipv6)
    {
        for (int i = 0; i < 2000; i++)
        {
            byte[] data = new byte[_random.Next(50)];
            _random.NextBytes(data);
            Check(transport, Sides.Random(_random, ipv6), Sides.Random(_random, ipv6), data);
        }
    }

    [Theory]
    [InlineData("tcp", false)]
    [InlineData("udp", false)]
    [InlineData("udp", true)]
    public void Every_checksum(string transport, bool ipv6)
    {
        Sides before = ipv6 ? new("2001:db8::1", "2001:db8:1::2", 9, 80) : new("10.0.0.1", "192.0.2.1", 9, 80);
        Sides after = ipv6 ? new("2001:db8:2::1", "2001:db8:1::9", 999, 80) : new("203.0.113.1", "192.0.2.1", 999, 80);
        for (int word = 0; word < 65536; word += 3)
        {
            Check(transport, before, after, [(byte)(word >> 8), (byte)word]);
        }
    }

    /// <summary>A line without a translation says so.</summary>
    [Fact]
    public void Nothing_set()
    {
        Assert.False(default(FlowRewrite4).IsSet);
        Assert.False(default(FlowRewrite6).IsSet);
        Assert.Equal((16, 40), (sizeof(FlowRewrite4), sizeof(FlowRewrite6)));
    }

    public void Dispose()
    {
        _parser.Dispose();
        NativeMemory.AlignedFree(_line);
    }

    void Check(string transport, Sides before, Sides after, byte[] data)
    {
        byte[] expected = after.Frame(transport, data).ToBytes();
        _parser.Parse(expected);
        Tuple4 tuple = _parser.Packet->Tuple;
        PortPair ports = _parser.Packet->Ports;
        Addresses6 addresses = before.IsIpv6 ? ((Ipv6Header*)_parser.Packet->Ip)->Addresses : default;
        Assert.Equal(PacketMarks.None, _parser.Parse(before.Frame(transport, data).ToBytes()).Marks);
        if (before.IsIpv6)
        {
            // At the odd place it has in a line of the cache.
            var rewrite = (FlowRewrite6*)(_line + 36);
            *rewrite = FlowRewrite6.Of(((Ipv6Header*)_parser.Packet->Ip)->Addresses, _parser.Packet->Ports, addresses, ports);
            Assert.True(rewrite->IsSet);
            FlowRewrite6.Apply(rewrite, _parser.Packet);
        }
        else
        {
            var rewrite = (FlowRewrite4*)(_line + 48);
            *rewrite = FlowRewrite4.Of(_parser.Packet->Tuple, tuple);
            Assert.True(rewrite->IsSet);
            FlowRewrite4.Apply(rewrite, _parser.Packet);
        }

        Assert.Equal(expected, new ReadOnlySpan<byte>(_parser.Packet->Mbuf->Data, _parser.Packet->Mbuf->DataLength));
    }
}
