using System.Buffers.Binary;
using Conntrack.Testing;

namespace Conntrack.Packets.Tests;

/// <summary>Where a fragment says its data belongs. <see cref="MutationTests"/> asks the same of frames nobody would send.</summary>
public sealed unsafe class FragmentPlaceTests : IDisposable
{
    const string A4 = "192.0.2.1", B4 = "198.51.100.2", A6 = "2001:db8::1", B6 = "2001:db8::2";

    readonly ParserHarness _parser = new();

    public void Dispose() => _parser.Dispose();

    [Fact]
    public void Ipv4()
    {
        Is(0, 108, 20, true, new Frame().Ipv4(A4, B4, moreFragments: true).Udp(1, 2).Data(100));
        Is(1480, 80, 20, true, new Frame().Ipv4(A4, B4, fragmentOffset: 1480, moreFragments: true, protocol: 17).Data(80));
        Is(65_528, 3, 20, false, new Frame().Ipv4(A4, B4, fragmentOffset: 65_528, protocol: 17).Data(3).Padding(20));
        Is(8, 0, 28, true, new Frame().Vlan(1).Vlan(2).Ipv4(A4, B4, new byte[8], 8, moreFragments: true, protocol: 17));
        Is(8, 5, 20, false, new Frame().Ipv4(A4, B4, fragmentOffset: 8, dontFragment: true, protocol: 6).Data(5));
    }

    /// <summary>The last number is where the byte stands that names the fragment header.</summary>
    [Fact]
    public void Ipv6()
    {
        Is(0, 108, 48, true, V6().Fragment(0, true).Udp(1, 2).Data(100), 6);
        Is(65_528, 7, 48, false, V6().Fragment(65_528, false, nextHeader: 17).Data(7).Padding(3), 6);
        Is(16, 8, 64, true, V6().HopByHop().DestinationOptions().Fragment(16, true, nextHeader: 17).Data(8), 48);
        Is(0, 24, 72, true, V6().Authentication().Fragment(0, true).DestinationOptions().Udp(1, 2).Data(8), 40);
        Is(24, 8, 56, false, V6().Fragment(0, false).Fragment(24, false, nextHeader: 17).Data(8), 40);

        // A later fragment inside a first one: the outer header says where the data belongs.
        Is(0, 16, 48, true, V6().Fragment(0, true).Fragment(24, false, nextHeader: 17).Data(8), 6);
    }

    void Is(uint offset, uint length, uint header, bool more, Frame frame, uint named = 0)
    {
        Assert.Equal(DropReason.None, _parser.Parse(frame.ToBytes()).Reason);
        var place = FragmentPlace.Of(_parser.Packet);
        uint id = named == 0 ? BinaryPrimitives.ReverseEndianness((ushort)0x1234) : BinaryPrimitives.ReverseEndianness(0x1234_5678u);
        Assert.Equal(
            (offset, length, header, more, named, id),
            (place.Offset, place.Length, place.HeaderLength, place.More, place.NextHeaderAt, place.Id));
    }

    static Frame V6() => new Frame().Ipv6(A6, B6);
}
