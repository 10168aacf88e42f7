using System.Buffers.Binary;
using Conntrack.Dataplane.Routing;
using Conntrack.Packets;

namespace Conntrack.Dataplane.Tests.Routing;

/// <summary>A hop less, with the checksum that the sender would have computed.</summary>
public sealed unsafe class HopsTests
{
    /// <summary>Every checksum a header can have, 0xfffe among them, which a plain addition turns into the wrong zero.</summary>
    [Fact]
    public void The_checksum_is_the_one_a_sender_would_compute()
    {
        byte* header = stackalloc byte[20];
        var bytes = new Span<byte>(header, 20);
        for (int identification = 0; identification <= ushort.MaxValue; identification++)
        {
            bytes.Clear();
            bytes[0] = 0x45;
            bytes[8] = 64;
            bytes[9] = IpProtocol.Udp;
            BinaryPrimitives.WriteUInt16LittleEndian(bytes[4..], (ushort)identification);
            *(ushort*)(header + 10) = Checksum.Finish(Checksum.Sum(header, 20));
            Hops.Take(header, Hops.OffsetIpv4);
            ushort updated = *(ushort*)(header + 10);
            *(ushort*)(header + 10) = 0;
            Assert.Equal(63, bytes[8]);
            Assert.Equal(Checksum.Finish(Checksum.Sum(header, 20)), updated);
        }
    }

    [Fact]
    public void Ipv6_has_no_checksum_to_change()
    {
        byte* header = stackalloc byte[40];
        var bytes = new Span<byte>(header, 40);
        bytes.Fill(0x60);
        Hops.Take(header, Hops.OffsetIpv6);
        byte[] expected = [.. Enumerable.Repeat((byte)0x60, 40)];
        expected[7] = 0x5f;
        Assert.Equal(expected, bytes.ToArray());
    }
}
