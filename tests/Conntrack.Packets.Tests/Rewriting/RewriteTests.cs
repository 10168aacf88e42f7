using Conntrack.Testing;

namespace Conntrack.Packets.Tests.Rewriting;

/// <summary>A translated packet is, bit for bit, the packet its new ends would have exchanged: every checksum is computed afresh beside it.</summary>
public sealed unsafe class RewriteTests : IDisposable
{
    const string A4 = "192.0.2.1", B4 = "198.51.100.2", N4 = "203.0.113.77";
    const string A6 = "2001:db8::1", B6 = "2001:db8:1::2", N6 = "2001:db8:ffff::77";

    readonly ParserHarness _parser = new();
    readonly Random _random = new(11);

    public static TheoryData<string, bool> Transports =>
        new(Sides.Transports.SelectMany(name => new (string, bool)[] { (name, false), (name, true) }));

    [Theory, MemberData(nameof(Transports))]
    public void Either_half_and_both(string transport, bool ipv6)
    {
        for (int i = 0; i < 400; i++)
        {
            Sides before = Sides.Random(_random, ipv6), after = Sides.Random(_random, ipv6);
            byte[] data = Data(_random.Next(60));
            Check(transport, before, data, after with { Dst = before.Dst, DstPort = before.DstPort }, source: true, destination: false);
            Check(transport, before, data, after with { Src = before.Src, SrcPort = before.SrcPort }, source: false, destination: true);
            Check(transport, before, data, after, source: true, destination: true);
        }
    }

    /// <summary>Every value a checksum can have before, and with it every one it can have afterwards; what would be 0 is 0xffff over UDP alone.</summary>
    [Theory]
    [InlineData("tcp", false)]
    [InlineData("udp", false)]
    [InlineData("udp", true)]
    [InlineData("udp-lite", false)]
    public void Every_checksum(string transport, bool ipv6)
    {
        Sides before = ipv6 ? new(A6, B6, 1024, 53) : new(A4, B4, 1024, 53);
        Sides after = before with { Src = ipv6 ? N6 : N4, SrcPort = 40000 };
        for (int word = 0; word < 65536; word += 3)
        {
            Check(transport, before, [(byte)(word >> 8), (byte)word], after, source: true, destination: false);
        }
    }

    /// <summary>A whole datagram is the chain of its fragments: the headers lie in the first of them, the data in all.</summary>
    [Theory, MemberData(nameof(Transports))]
    public void Data_in_further_segments(string transport, bool ipv6)
    {
        Sides before = Sides.Random(_random, ipv6), after = Sides.Random(_random, ipv6);
        byte[] data = Data(333);
        byte[] frame = before.Frame(transport, data).ToBytes();
        int[] cuts = [14 + (ipv6 ? 40 : 20) + 28, 14 + (ipv6 ? 40 : 20) + 177];
        Parsed parsed = _parser.Parse(frame, ChecksumPolicy.Verify, cuts);
        Assert.Equal(DropReason.None, parsed.Reason);
        after.ApplySource(_parser.Packet);
        after.ApplyDestination(_parser.Packet);
        Assert.Equal(after.Frame(transport, data).ToBytes(), Gathered());
    }

    /// <summary>A destination behind a routing header, or the source of a mobile node, is not in the pseudo header.</summary>
    [Fact]
    public void Extension_headers_that_hide_an_address()
    {
        byte[] data = Data(20);
        Sides final = new(A6, B6, 1024, 53);
        Sides moved = final with { Src = N6, SrcPort = 4000 };
        byte[] before = WithHiddenDestination(final, N6);
        byte[] after = WithHiddenDestination(moved, N6);
        _parser.Parse(before);
        moved.ApplySource(_parser.Packet);
        Assert.Equal(after, Gathered());

        // Only the next stop changes, which is nobody's business but the IP header's.
        _parser.Parse(before);
        (final with { Dst = "2001:db8:5::5" }).ApplyDestination(_parser.Packet);
        Assert.Equal(WithHiddenDestination(final, "2001:db8:5::5"), Gathered());

        byte[] WithHiddenDestination(Sides sides, string stop)
        {
            // Written with the final destination, so that the checksum covers that; then the next stop takes its place.
            byte[] frame = sides.Over(new Frame().Ipv6(sides.Src, sides.Dst).Routing(4, 1, sides.Dst), "udp", data).ToBytes();
            System.Net.IPAddress.Parse(stop).GetAddressBytes().CopyTo(frame, 14 + 24);
            return frame;
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Options_stay_in_between(bool ipv6)
    {
        Sides before = Sides.Random(_random, ipv6), after = Sides.Random(_random, ipv6);
        _parser.Parse(Optional(before));
        after.ApplySource(_parser.Packet);
        after.ApplyDestination(_parser.Packet);
        Assert.Equal(Optional(after), Gathered());

        static byte[] Optional(Sides sides) => sides.Over(
            sides.IsIpv6 ? new Frame().Ipv6(sides.Src, sides.Dst).HopByHop().DestinationOptions() : new Frame().Ipv4(sides.Src, sides.Dst, options: [7, 3, 4, 0]),
            "tcp",
            [1, 2, 3]).ToBytes();
    }

    /// <summary>Fragments that nobody put together: of the first what lies in it, of a later one the addresses alone.</summary>
    [Theory]
    [InlineData(false, 8)]
    [InlineData(false, 24)]
    [InlineData(true, 8)]
    public void Fragments(bool ipv6, int payload)
    {
        Sides before = Sides.Random(_random, ipv6), after = Sides.Random(_random, ipv6);
        byte[] data = Data(40);
        byte[][] pieces = FragmentCut.Every(payload, before.Frame("udp", data).ToBytes());
        byte[][] expected = FragmentCut.Every(payload, after.Frame("udp", data).ToBytes());
        for (int i = 0; i < pieces.Length; i++)
        {
            _parser.Parse(pieces[i]);
            after.ApplySource(_parser.Packet);
            after.ApplyDestination(_parser.Packet);
            Assert.Equal(expected[i], Gathered());
        }
    }

    /// <summary>A checksum that is beyond the end of a first fragment cannot be reached, and nothing else is.</summary>
    [Fact]
    public void A_first_fragment_without_its_checksum()
    {
        Sides before = new(A4, B4, 1024, 80), after = new(N4, B4, 5000, 80);
        byte[] piece = FragmentCut.Piece(before.Frame("tcp", Data(40)).ToBytes(), 0, 8);
        _parser.Parse(piece);
        after.ApplySource(_parser.Packet);
        byte[] rewritten = Gathered();
        Assert.Equal((5000, 80), ((rewritten[34] << 8) | rewritten[35], (rewritten[36] << 8) | rewritten[37]));
        Assert.Equal(piece[38..], rewritten[38..]);
    }

    /// <summary>
    /// A NIC that vouches for data whose checksum nobody filled in: there is nothing to update, so it is computed.
    /// </summary>
    [Theory]
    [InlineData("tcp", false)]
    [InlineData("udp", true)]
    public void A_checksum_that_was_never_filled_in(string transport, bool ipv6)
    {
        Sides before = Sides.Random(_random, ipv6), after = Sides.Random(_random, ipv6);
        byte[] data = Data(31);
        byte[] frame = before.Frame(transport, data).ToBytes();
        int field = 14 + (ipv6 ? 40 : 20) + (transport == "tcp" ? 16 : 6);
        (frame[field], frame[field + 1]) = (0x12, 0x34);
        const ulong NotFilledIn = ReceiveOffload.TransportChecksumGood | ReceiveOffload.TransportChecksumBad;
        _parser.ParseOffloaded(frame, NotFilledIn);
        after.ApplySource(_parser.Packet);
        after.ApplyDestination(_parser.Packet);
        Assert.Equal(after.Frame(transport, data).ToBytes(), Gathered());
        Assert.Equal(ReceiveOffload.TransportChecksumGood, _parser.Packet->Mbuf->OffloadFlags);
    }

    public void Dispose() => _parser.Dispose();

    void Check(string transport, Sides before, byte[] data, Sides after, bool source, bool destination)
    {
        Assert.Equal(DropReason.None, _parser.Parse(before.Frame(transport, data).ToBytes()).Reason);
        Packet* packet = _parser.Packet;
        if (destination)
        {
            after.ApplyDestination(packet);
        }

        if (source)
        {
            after.ApplySource(packet);
        }

        byte[] expected = after.Frame(transport, data).ToBytes();
        Assert.Equal(expected, Gathered());
        (ulong addresses, uint ports) = (packet->Tuple.Addresses, packet->Ports.Ports);
        Assert.Equal(PacketMarks.None, _parser.Parse(expected).Marks & (PacketMarks.TransportChecksumBad | PacketMarks.TransportMalformed));
        Assert.Equal((_parser.Packet->Tuple.Addresses, _parser.Packet->Ports.Ports), (addresses, ports));
    }

    byte[] Gathered()
    {
        List<byte> bytes = [];
        for (Native.Mbuf* segment = _parser.Packet->Mbuf; segment != null; segment = segment->Next)
        {
            bytes.AddRange(new ReadOnlySpan<byte>(segment->Data, segment->DataLength));
        }

        return [.. bytes];
    }

    byte[] Data(int length)
    {
        byte[] data = new byte[length];
        _random.NextBytes(data);
        return data;
    }
}
