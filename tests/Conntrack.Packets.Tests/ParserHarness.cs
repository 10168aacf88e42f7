using Conntrack.Native;
using Conntrack.Testing;

namespace Conntrack.Packets.Tests;

/// <summary>Parses frames from guarded memory.</summary>
sealed unsafe class ParserHarness : IDisposable
{
    readonly PacketBuffer _buffer = new();
    readonly FlowHash* _hash = (FlowHash*)System.Runtime.InteropServices.NativeMemory.AlignedAlloc((nuint)sizeof(FlowHash), 64);

    public ParserHarness() => *_hash = Key();

    public static FlowHash Key() => new([.. Enumerable.Range(1, 64).Select(i => (byte)((i * 37) ^ (i * i)))]);

    public Packet* Packet => _buffer.Packet;

    public FlowHash* Hash => _hash;

    public Parsed Parse(ReadOnlySpan<byte> frame, ChecksumPolicy policy = ChecksumPolicy.Verify, params ReadOnlySpan<int> cuts) =>
        Run(_buffer.Load(frame, cuts), policy);

    public Parsed ParseAtStart(ReadOnlySpan<byte> frame, ChecksumPolicy policy = ChecksumPolicy.Verify) =>
        Run(_buffer.LoadAtStart(frame), policy);

    public Parsed ParseOffloaded(ReadOnlySpan<byte> frame, ulong offloadFlags, ChecksumPolicy policy = ChecksumPolicy.Verify)
    {
        Packet* packet = _buffer.Load(frame);
        packet->Mbuf->OffloadFlags = offloadFlags;
        return Run(packet, policy);
    }

    public void Dispose()
    {
        _buffer.Dispose();
        System.Runtime.InteropServices.NativeMemory.AlignedFree(_hash);
    }

    Parsed Run(Packet* packet, ChecksumPolicy policy)
    {
        Packet before = *packet;
        DropReason inFull = PacketParser.ParseInFull(packet, policy, _hash);
        Packet expected = *packet;
        *packet = before;
        DropReason reason = PacketParser.Parse(packet, policy, _hash);
        Assert.Equal(inFull, reason);
        Assert.True(new ReadOnlySpan<byte>(&expected, sizeof(Packet)).SequenceEqual(new ReadOnlySpan<byte>(packet, sizeof(Packet))), "The straight line says something else.");
        Mbuf* mbuf = packet->Mbuf;
        bool isIp = packet->Family != PacketFamily.NotIp && reason == DropReason.None;

        // What the stages after Parse rely on when they follow the pointers.
        Assert.True(packet->Ip == (isIp ? mbuf->Data + packet->LinkLength : null));
        if (packet->Transport != null)
        {
            Assert.True(packet->Transport < mbuf->Data + packet->FrameLength);
            Assert.True(packet->Ip + packet->IpLength == packet->Transport + packet->TransportLength);
        }

        Assert.True(packet->LinkLength + packet->IpLength <= packet->FrameLength);
        Assert.True(packet->TransportLength <= packet->IpLength);
        AssertTupleAndHash(packet, isIp);
        AssertPlace(packet, isIp);
        AssertRestUntouched(packet);
        return new Parsed(
            reason,
            packet->Family,
            packet->LinkLength,
            (int)packet->IpLength,
            packet->Protocol,
            packet->Transport == null ? null : (int)(packet->Transport - mbuf->Data),
            (int)packet->TransportLength,
            packet->Marks,
            packet->TcpFlags,
            System.Buffers.Binary.BinaryPrimitives.ReverseEndianness(packet->Ports.SrcPort),
            System.Buffers.Binary.BinaryPrimitives.ReverseEndianness(packet->Ports.DstPort));
    }

    void AssertTupleAndHash(Packet* packet, bool isIp)
    {
        if (!isIp)
        {
            Assert.Equal((0ul, 0u, 0u), (packet->Tuple.Addresses, packet->Ports.Ports, packet->Hash));
        }
        else if (packet->Family == PacketFamily.Ipv4)
        {
            Assert.Equal(*(ulong*)(packet->Ip + 12), packet->Tuple.Addresses);
            Assert.Equal(_hash->Hash4(packet->Tuple, packet->Protocol, zone: 0), packet->Hash);
        }
        else
        {
            Assert.Equal(0ul, packet->Tuple.Addresses);
            Assert.Equal(_hash->Hash6((Addresses6*)(packet->Ip + 8), packet->Ports, packet->Protocol, zone: 0), packet->Hash);
        }
    }

    /// <summary>A fragment's data and what is before it are its packet, and it is a fragment for a reason.</summary>
    static void AssertPlace(Packet* packet, bool isIp)
    {
        if (isIp && (packet->Marks & PacketMarks.Fragment) != 0)
        {
            var place = FragmentPlace.Of(packet);
            Assert.Equal(packet->IpLength, place.HeaderLength + place.Length);

            // A first fragment may hold a later one of another datagram: there is no transport header either.
            Assert.True(place.Offset == 0 || (packet->Marks & PacketMarks.LaterFragment) != 0);
            Assert.True(place.More || place.Offset != 0);
            if (packet->Family == PacketFamily.Ipv6)
            {
                Assert.Equal(IpProtocol.Fragment, packet->Ip[place.NextHeaderAt]);
            }
        }
    }

    /// <summary>The fields of other stages hold what <see cref="PacketBuffer"/> filled them with.</summary>
    static void AssertRestUntouched(Packet* packet)
    {
        ulong untouched = 0xa5a5_a5a5_a5a5_a5a5;
        Assert.Equal((untouched, untouched, untouched), ((ulong)packet->Bucket, packet->Time, (ulong)packet->Connection));
        Assert.Equal((0xa5, 0xa5, 0xa5, 0xa5), (packet->Direction, (byte)packet->State, (byte)packet->Verdict, (byte)packet->Reason));
        Assert.Equal((0xa5a5_a5a5u, 0xa5a5_a5a5u, 0xa5a5_a5a5u), (packet->Number, packet->Record, packet->Candidate));
        Assert.Equal((0xa5a5, 0xa5a5, 0xa5), (packet->InInterface, packet->OutInterface, packet->Path));
    }
}
