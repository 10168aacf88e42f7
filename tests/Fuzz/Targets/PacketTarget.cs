using System.Runtime.InteropServices;
using Conntrack.Packets;
using Conntrack.Packets.Tests;
using Conntrack.Testing;
using static Conntrack.Fuzz.InvariantException;

namespace Conntrack.Fuzz;

/// <summary>PacketParser over any frame: against the plain parser of the ordinary tests, at both ends of guarded memory, and in segments.</summary>
/// <remarks><code>
/// input: 0 control (bit 0 do not verify, bit 1 in two segments)  1 where to cut  2 frame
/// </code></remarks>
sealed unsafe class PacketTarget : FuzzTarget
{
    const int FrameAt = 2;
    const byte Ignore = 1, InSegments = 2;

    readonly PacketBuffer _buffer = new();
    readonly FlowHash* _hash = (FlowHash*)NativeMemory.AlignedAlloc((nuint)sizeof(FlowHash), 64);

    public PacketTarget() => *_hash = new FlowHash([.. Enumerable.Range(1, 64).Select(i => (byte)(i * 37))]);

    public override string Name => "packet";

    public override IEnumerable<byte[]> Seeds() =>
        Samples.All.Values.Select((frame, i) => (byte[])[(byte)(i & 3), 34, .. frame[..Math.Min(frame.Length, 160)]])
            .Concat(Samples.All.Values.Where(frame => frame.Length <= 160).Select(frame => (byte[])[0, 0, .. frame]));

    public override void Run(ReadOnlySpan<byte> input)
    {
        if (input.Length < FrameAt)
        {
            return;
        }

        ReadOnlySpan<byte> frame = input[FrameAt..];
        ChecksumPolicy policy = (input[0] & Ignore) != 0 ? ChecksumPolicy.Ignore : ChecksumPolicy.Verify;
        Parsed expected = ReferenceParser.Parse(frame.ToArray(), policy);
        Parsed found = Parse(_buffer.Load(frame), policy);
        if (expected != found)
        {
            throw new InvariantException($"expected {expected}, found {found}");
        }

        ThrowUnless(found == Parse(_buffer.LoadAtStart(frame), policy));
        if ((input[0] & InSegments) != 0)
        {
            // Headers have to be in the first segment; whatever is understood nevertheless is the same as in one piece. Of a first fragment
            // eight bytes of transport are enough to go on, and TCP's flags are behind them.
            Parsed parts = Parse(_buffer.Load(frame, Math.Min((int)input[1], frame.Length)), policy);
            bool cutFlags = (parts.Marks & PacketMarks.Fragment) != 0 && parts.TcpFlags == 0;
            ThrowUnless(parts.Reason != DropReason.None || (parts.Marks & PacketMarks.TransportMalformed) != 0
                || parts == (cutFlags ? found with { TcpFlags = 0 } : found));
        }
    }

    public override void Dispose()
    {
        _buffer.Dispose();
        NativeMemory.AlignedFree(_hash);
    }

    Parsed Parse(Packet* packet, ChecksumPolicy policy)
    {
        Packet before = *packet;
        DropReason reason = PacketParser.Parse(packet, policy, _hash);
        Parsed parsed = Read(packet, reason);

        // A context that held another packet says the same.
        Packet first = *packet;
        *packet = before;
        packet->Marks = (PacketMarks)ushort.MaxValue;
        packet->Protocol = packet->TcpFlags = byte.MaxValue;
        var allocation = new Allocation();
        DropReason again = PacketParser.Parse(packet, policy, _hash);
        ThrowUnless(allocation.IsNone);
        ThrowUnless(again == reason);
        ThrowUnless(new ReadOnlySpan<byte>(packet, sizeof(Packet)).SequenceEqual(new ReadOnlySpan<byte>(&first, sizeof(Packet))));
        return parsed;
    }

    Parsed Read(Packet* packet, DropReason reason)
    {
        byte* data = packet->Mbuf->Data;
        bool isIp = packet->Family != PacketFamily.NotIp && reason == DropReason.None;
        ThrowUnless(packet->Ip == (isIp ? data + packet->LinkLength : null));
        ThrowUnless(packet->LinkLength + packet->IpLength <= packet->FrameLength);
        ThrowUnless(packet->TransportLength <= packet->IpLength);
        if (packet->Transport != null)
        {
            ThrowUnless(packet->Transport > packet->Ip && packet->Transport < data + packet->FrameLength);
            ThrowUnless(packet->Ip + packet->IpLength == packet->Transport + packet->TransportLength);
        }

        AssertMarks(packet->Marks);
        AssertHash(packet, isIp);
        if (isIp && (packet->Marks & PacketMarks.Fragment) != 0)
        {
            var place = FragmentPlace.Of(packet);
            ThrowUnless(packet->IpLength == place.HeaderLength + place.Length);

            // A first fragment may hold a later one of another datagram: there is no transport header either.
            ThrowUnless(place.Offset == 0 || (packet->Marks & PacketMarks.LaterFragment) != 0);
            ThrowUnless(place.More || place.Offset != 0);
        }

        return new Parsed(
            reason,
            packet->Family,
            packet->LinkLength,
            (int)packet->IpLength,
            packet->Protocol,
            packet->Transport == null ? null : (int)(packet->Transport - data),
            (int)packet->TransportLength,
            packet->Marks,
            packet->TcpFlags,
            System.Buffers.Binary.BinaryPrimitives.ReverseEndianness(packet->Ports.SrcPort),
            System.Buffers.Binary.BinaryPrimitives.ReverseEndianness(packet->Ports.DstPort));
    }

    /// <summary>What nothing can be at once.</summary>
    static void AssertMarks(PacketMarks marks)
    {
        const PacketMarks Kinds = PacketMarks.IcmpQuery | PacketMarks.IcmpError | PacketMarks.NeighbourDiscovery;
        PacketMarks kind = marks & Kinds;
        ThrowUnless((kind & (kind - 1)) == 0);
        ThrowUnless((marks & PacketMarks.LaterFragment) == 0 || (marks & PacketMarks.Fragment) != 0);
        ThrowUnless((marks & PacketMarks.LaterFragment) == 0 || kind == 0);
        ThrowUnless((marks & PacketMarks.TransportMalformed) == 0 || (marks & PacketMarks.TransportChecksumBad) == 0);
    }

    void AssertHash(Packet* packet, bool isIp)
    {
        uint expected = !isIp ? 0
            : packet->Family == PacketFamily.Ipv4 ? _hash->Hash4(packet->Tuple, packet->Protocol, zone: 0)
            : _hash->Hash6((Addresses6*)(packet->Ip + 8), packet->Ports, packet->Protocol, zone: 0);
        ThrowUnless(packet->Hash == expected);
        ThrowUnless(packet->Tuple.Addresses == (isIp && packet->Family == PacketFamily.Ipv4 ? *(ulong*)(packet->Ip + 12) : 0));
    }
}
