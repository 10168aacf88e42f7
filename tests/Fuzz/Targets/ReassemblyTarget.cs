using System.Globalization;
using System.Runtime.InteropServices;
using Conntrack.Dataplane.Abi;
using Conntrack.Dataplane.Reassembly;
using Conntrack.Dataplane.Tests;
using Conntrack.Memory;
using Conntrack.Native;
using Conntrack.Packets;
using static Conntrack.Fuzz.InvariantException;

namespace Conntrack.Fuzz;

/// <summary>
/// Fragments of eight datagrams of both families in any order, with any offset and length, and time passing. Every byte of a datagram follows
/// from its place, so any whole that is built of it can be told from one that is not; as long as nothing has to give way, every outcome is
/// compared with the plain reassembler of the ordinary tests.
/// </summary>
/// <remarks><code>
/// input: 0 control (bit 0 only 64 buffers)   then for each fragment
///        0 bit 0 IPv6, 1-2 datagram, 3 more follow, 4-5 seconds before it (0, 1, 29, 31), 6 padding, 7 two segments
///        1 offset (2), in units of 8, 13 bits   3 length (2), modulo 1401
/// </code></remarks>
sealed unsafe class ReassemblyTarget : FuzzTarget
{
    const int FragmentSize = 5;
    const int Most = 240;
    const uint Few = 64, Plenty = 512;
    const int LongestData = 1400;
    const int Link = 14, Padding = 3;

    static readonly int[] s_seconds = [0, 1, 29, 31];

    /// <summary>What the IPv6 datagrams carry: UDP, TCP, a chain of options, fragments of another datagram.</summary>
    static readonly byte[] s_carried = [17, 6, 60, 44];

    readonly EalSession _eal = EalSession.Start(new NoHugeArguments(64));
    readonly MbufPool _pool = new("fuzz", 1023, cache: 0);
    readonly FlowHash* _hash = (FlowHash*)NativeMemory.AlignedAlloc((nuint)sizeof(FlowHash), 64);
    readonly WorkerState* _state = (WorkerState*)NativeMemory.AlignedAlloc((nuint)sizeof(WorkerState), 64);
    readonly Packet* _packet = (Packet*)NativeMemory.AlignedAlloc((nuint)sizeof(Packet), 64);
    readonly uint _available;

    public ReassemblyTarget()
    {
        *_hash = new FlowHash(new byte[64]);
        _available = _pool.Available;
    }

    public override string Name => "reassembly";

    public override int Longest => 1 + (Most * FragmentSize);

    public override IEnumerable<byte[]> Seeds()
    {
        byte[] four = [8, 0, 0, 0, 80, 8, 0, 10, 0, 80, 0, 0, 20, 0, 30];
        yield return [0, .. four];
        yield return [0, .. four.Chunk(FragmentSize).Reverse().SelectMany(f => (byte[])[(byte)(f[0] | 1), .. f[1..]])];
        yield return [1, .. four, .. four];
        yield return [0, 0xc8, 0, 0, 0, 16, 0xc8, 0, 4, 0, 8, 0x48, 0, 2, 0, 16, 0x80, 0, 5, 1, 0];
        yield return [0, 8, 0, 0, 0, 83, 0, 0, 10, 0, 9];
        yield return [0, 9, 0, 0, 0, 83, 1, 0, 10, 0, 9];
        yield return [0, 8, 0, 0, 0, 80, 8, 0, 5, 0, 80, 0x38, 0, 10, 0, 80];
        yield return [0, 9, 0, 0, 0, 80, 0x21, 0, 10, 0, 8, 0x31, 0, 10, 0, 8];
        yield return [0, 8, 0, 0, 0, 16, 8, 0x1f, 0xff, 0, 8, 0, 0x1f, 0xff, 0, 7];
        byte[] flood = [.. Enumerable.Range(0, 70).SelectMany(i => (byte[])[(byte)(8 | (i & 7)), 0, (byte)(i / 8 * 2), 0, 16])];
        yield return [1, .. flood];
        byte[] full = [.. Enumerable.Range(0, 46).SelectMany(i => (byte[])[8, (byte)(i * 175 >> 8), (byte)(i * 175), 5, 0x78])];
        yield return [0, .. full, 0, 0x1f, 0x72, 0, 100];
        yield return [0, .. full.Chunk(FragmentSize).Reverse().SelectMany(f => (byte[])[9, .. f[1..]]), 1, 0x1f, 0x72, 0, 100];
    }

    public override void Run(ReadOnlySpan<byte> input)
    {
        if (input.Length <= FragmentSize)
        {
            return;
        }

        bool few = (input[0] & 1) != 0;
        uint limit = few ? Few : Plenty;
        *_state = default;
        using (FragmentTable table = new(_hash, limit, _state, null))
        {
            Sequence(input[1..Math.Min(input.Length, Longest)], table, limit, few ? null : new PlainReassembler());
        }

        ThrowUnless(_pool.Available == _available);
    }

    public override void Dispose()
    {
        _pool.Dispose();
        _eal.Dispose();
        NativeMemory.AlignedFree(_hash);
        NativeMemory.AlignedFree(_state);
        NativeMemory.AlignedFree(_packet);
    }

    void Sequence(ReadOnlySpan<byte> input, FragmentTable table, uint limit, PlainReassembler? plain)
    {
        var time = TimeSpan.Zero;
        ulong dropped = 0, completed = 0;
        for (uint number = 0; input.Length >= FragmentSize; input = input[FragmentSize..])
        {
            byte control = input[0];
            time += TimeSpan.FromSeconds(s_seconds[(control >> 4) & 3]);
            bool six = (control & 1) != 0;
            int id = (control >> 1) & 3;
            int offset = (((input[1] << 8) | input[2]) & 0x1fff) * 8;
            int length = ((input[3] << 8) | input[4]) % (LongestData + 1);
            bool more = (control & 8) != 0 || offset == 0;
            byte[] data = Data(six, id, offset, length);
            byte[] frame = Fragment(six, id, offset, data, more);

            *_packet = default;
            _packet->Mbuf = Chain([.. frame, .. new byte[(control & 0x40) != 0 ? Padding : 0]], (control & 0x80) != 0 ? frame.Length - (length / 2) : 0);
            _packet->FrameLength = _packet->Mbuf->PacketLength;
            _packet->Number = number++;
            _packet->Time = Timestamp.FromMicroseconds((ulong)time.TotalMicroseconds);
            ThrowUnless(PacketParser.Parse(_packet, ChecksumPolicy.Ignore, _hash) == DropReason.None);
            ThrowUnless((_packet->Marks & PacketMarks.Fragment) != 0);
            var allocation = new Allocation();
            FragmentOutcome outcome = table.Add(_packet);
            ThrowUnless(allocation.IsNone);

            byte[]? payload = null;
            if (plain != null)
            {
                (DropReason reason, payload) = plain.Add(KeyOf(six, id), !six, offset, data, more, time);
                if (reason != _packet->Reason || payload != null != (outcome == FragmentOutcome.Complete))
                {
                    throw new InvariantException($"fragment {number}: expected {reason}, found {_packet->Reason} and {outcome}");
                }
            }

            switch (outcome)
            {
                case FragmentOutcome.Complete:
                    completed++;
                    Whole(table, six, id, payload);
                    break;
                case FragmentOutcome.Dropped:
                    ThrowUnless(_packet->Reason != DropReason.None);
                    dropped++;
                    Mbufs.FreeBulk(&_packet->Mbuf, 1);
                    break;
                default:
                    ThrowUnless(_packet->Reason == DropReason.None && table.Buffers != 0);
                    break;
            }

            ThrowUnless(table.Buffers <= limit);
            ThrowUnless(_available - _pool.Available == table.Buffers);
            ThrowUnless(_state->Held <= table.Buffers && (_state->Held == 0) == table.IsEmpty);
            ThrowUnless(plain == null || _state->Held == (ulong)plain.Held);
            AssertBooks(number, dropped, completed);
        }

        // A minute later nothing is left.
        var over = Timestamp.FromMicroseconds((ulong)(time + TimeSpan.FromSeconds(60)).TotalMicroseconds);
        table.Expire(over);
        ThrowUnless(table.IsEmpty && _state->Held == 0 && _pool.Available == _available);
    }

    /// <summary>Every fragment that came is held, part of a whole, or dropped: once.</summary>
    void AssertBooks(ulong came, ulong dropped, ulong completed)
    {
        ulong givenUp = 0;
        for (int reason = 0; reason < WorkerState.DropReasons; reason++)
        {
            givenUp += _state->Dropped[reason];
        }

        ThrowUnless(came == _state->Held + _state->Consumed + givenUp + dropped + completed);
    }

    void Whole(FragmentTable table, bool six, int id, byte[]? payload)
    {
        byte[] whole = Read(_packet->Mbuf);
        ThrowUnless(whole.Length == (int)_packet->FrameLength);
        int header = Link + (six ? 40 : 20);
        byte[] data = whole[header..];
        ThrowUnless(data.AsSpan().SequenceEqual(Data(six, id, 0, data.Length)));
        ThrowUnless(payload == null || data.AsSpan().SequenceEqual(payload));
        ThrowUnless(PacketParser.Parse(_packet, ChecksumPolicy.Verify, _hash) == DropReason.None);
        ThrowUnless((_packet->Marks & PacketMarks.Fragment) == 0 || (six && s_carried[id] is 60 or 44));
        var allocation = new Allocation();
        table.Split(_packet);
        ThrowUnless(allocation.IsNone);
        int at = 0;
        uint count = 0;
        for (uint fragment = table.FirstOf(_packet->Datagram); fragment != 0; fragment = table.NextOf(fragment), count++)
        {
            Mbuf* mbuf = table.MbufOf(fragment);
            byte[] frame = Read(mbuf);
            Mbufs.FreeBulk(&mbuf, 1);
            int length = Math.Min(frame.Length - header - (six ? 8 : 0), data.Length - at);
            int announced = six ? ((frame[18] << 8) | frame[19]) - 8 : ((frame[16] << 8) | frame[17]) - 20;
            ThrowUnless(announced <= length && announced > 0);
            byte[] expected = Fragment(six, id, at, data[at..(at + announced)], at + announced < data.Length);
            if (!six)
            {
                // Whoever wrote the header anew computed its checksum; the target's own headers have none.
                (expected[24], expected[25]) = (frame[24], frame[25]);
            }

            ThrowUnless(frame.AsSpan(0, expected.Length).SequenceEqual(expected));
            ThrowUnless(frame.Length - expected.Length is 0 or Padding);
            at += announced;
        }

        ThrowUnless(at == data.Length);
        ThrowUnless(count == table.CountOf(_packet->Datagram));
        table.ReleaseJoined();
    }

    static string KeyOf(bool six, int id) => string.Create(CultureInfo.InvariantCulture, $"{six} {id}");

    /// <summary>Bytes of a datagram, each of which follows from its place.</summary>
    static byte[] Data(bool six, int id, int offset, int length)
    {
        byte[] data = new byte[length];
        for (int i = 0; i < length; i++)
        {
            int at = offset + i;
            data[i] = (byte)((at * 7) + (at / 251) + (id * 31) + (six ? 101 : 0));
        }

        return data;
    }

    static byte[] Fragment(bool six, int id, int offset, byte[] data, bool more)
    {
        byte[] frame = new byte[Link + (six ? 48 : 20) + data.Length];
        (frame[12], frame[13]) = six ? ((byte)0x86, (byte)0xdd) : ((byte)0x08, (byte)0);
        Span<byte> ip = frame.AsSpan(Link);
        int length = six ? 8 + data.Length : frame.Length - Link;
        (ip[six ? 4 : 2], ip[six ? 5 : 3]) = ((byte)(length >> 8), (byte)length);
        if (six)
        {
            (ip[0], ip[6], ip[7], ip[8], ip[24], ip[40]) = (0x60, 44, 64, 0x20, 0x20, s_carried[id]);
            int field = offset | (more ? 1 : 0);
            (ip[42], ip[43], ip[47]) = ((byte)(field >> 8), (byte)field, (byte)id);
        }
        else
        {
            (ip[0], ip[8], ip[9], ip[12], ip[16]) = (0x45, 64, 17, 10, 10);
            int field = (offset / 8) | (more ? 0x2000 : 0);
            (ip[5], ip[6], ip[7]) = ((byte)id, (byte)(field >> 8), (byte)field);
        }

        data.CopyTo(frame, frame.Length - data.Length);
        return frame;
    }

    /// <param name="frame">The frame.</param>
    /// <param name="cut">Where its second segment begins, 0 for none.</param>
    Mbuf* Chain(ReadOnlySpan<byte> frame, int cut)
    {
        Mbuf* head = Segment(cut == 0 ? frame : frame[..cut]);
        head->PacketLength = (uint)frame.Length;
        if (cut != 0)
        {
            head->Next = Segment(frame[cut..]);
            head->SegmentCount = 2;
        }

        return head;
    }

    Mbuf* Segment(ReadOnlySpan<byte> bytes)
    {
        Mbuf* segment;
        ThrowUnless(Mbufs.AllocateBulk(_pool.Mempool, &segment, 1) == 0);
        bytes.CopyTo(new Span<byte>(segment->Data, bytes.Length));
        segment->DataLength = (ushort)bytes.Length;
        return segment;
    }

    static byte[] Read(Mbuf* frame)
    {
        byte[] bytes = new byte[frame->PacketLength];
        int at = 0, segments = 0;
        for (Mbuf* segment = frame; segment != null; segment = segment->Next, segments++)
        {
            ThrowUnless(at + segment->DataLength <= bytes.Length);
            new ReadOnlySpan<byte>(segment->Data, segment->DataLength).CopyTo(bytes.AsSpan(at));
            at += segment->DataLength;
        }

        ThrowUnless(at == bytes.Length && segments == frame->SegmentCount);
        return bytes;
    }
}
