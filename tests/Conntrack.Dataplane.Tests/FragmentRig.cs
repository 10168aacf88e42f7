using System.Runtime.InteropServices;
using Conntrack.Dataplane.Abi;
using Conntrack.Dataplane.Reassembly;
using Conntrack.Memory;
using Conntrack.Native;
using Conntrack.Packets;

namespace Conntrack.Dataplane.Tests;

/// <summary>A fragment table of its own with real buffers. At its end every buffer is back, or the test fails.</summary>
sealed unsafe class FragmentRig : IDisposable
{
    static int s_rigs;

    readonly MbufPool _pool;
    readonly uint _available;
    readonly FlowHash* _hash;
    readonly WorkerState* _state;
    readonly Packet* _packet;
    readonly FragmentTable _table;
    readonly uint _limit;
    uint _number;

    public FragmentRig(uint limit = 2048, uint pool = 4095)
    {
        _limit = limit;
        _pool = new MbufPool($"fragments{Interlocked.Increment(ref s_rigs)}", pool, cache: 0);
        _available = _pool.Available;
        _hash = (FlowHash*)NativeMemory.AlignedAlloc((nuint)sizeof(FlowHash), 64);
        *_hash = new FlowHash(new byte[64]);
        _state = (WorkerState*)NativeMemory.AllocZeroed((nuint)sizeof(WorkerState));
        _packet = (Packet*)NativeMemory.AlignedAlloc((nuint)sizeof(Packet), 64);
        _table = new FragmentTable(_hash, limit, _state, null);
    }

    public ulong Held => _state->Held;

    public uint Buffers => _table.Buffers;

    /// <summary>Bytes of the packet that the latest fragment completed.</summary>
    public byte[] Whole { get; private set; } = [];

    /// <summary>The frames that it was split into again.</summary>
    public IReadOnlyList<byte[]> Frames { get; private set; } = [];

    /// <summary>Marks of the completed packet.</summary>
    public PacketMarks Marks { get; private set; }

    /// <summary>What a stage does to the whole before it is split, given its IP header.</summary>
    public Action<nint>? Rewrite { get; set; }

    public ulong Dropped(DropReason reason) => _state->Dropped[(int)reason];

    /// <summary>A frame comes, cut into segments at these offsets. Returns its own fate: None when it was held or completed its datagram.</summary>
    public (FragmentOutcome Outcome, DropReason Reason) Add(byte[] frame, TimeSpan time, params ReadOnlySpan<int> cuts)
    {
        *_packet = default;
        _packet->Mbuf = Chain(frame, cuts);
        _packet->FrameLength = (uint)frame.Length;
        _packet->Number = _number++;
        _packet->Time = Timestamp.FromMicroseconds((ulong)(time.Ticks / TimeSpan.TicksPerMicrosecond));
        Assert.Equal(DropReason.None, PacketParser.Parse(_packet, ChecksumPolicy.Verify, _hash));
        Assert.True((_packet->Marks & PacketMarks.Fragment) != 0);
        FragmentOutcome outcome = _table.Add(_packet);
        switch (outcome)
        {
            case FragmentOutcome.Complete:
                TakeWhole();
                break;
            case FragmentOutcome.Dropped:
                Mbufs.FreeBulk(&_packet->Mbuf, 1);
                break;
        }

        Assert.True(_table.Buffers <= _limit);
        return (outcome, _packet->Reason);
    }

    public void Expire(TimeSpan time) => _table.Expire(Timestamp.FromMicroseconds((ulong)(time.Ticks / TimeSpan.TicksPerMicrosecond)));

    public void Dispose()
    {
        _table.Dispose();
        Assert.Equal(0u, _table.Buffers);
        uint available = _pool.Available;
        _pool.Dispose();
        NativeMemory.AlignedFree(_hash);
        NativeMemory.Free(_state);
        NativeMemory.AlignedFree(_packet);
        Assert.Equal(_available, available);
    }

    void TakeWhole()
    {
        // A parser that sees the whole as it would one that came in one piece.
        Assert.Equal(DropReason.None, PacketParser.Parse(_packet, ChecksumPolicy.Verify, _hash));
        Marks = _packet->Marks;
        Whole = Read(_packet->Mbuf);
        Assert.Equal((uint)Whole.Length, _packet->FrameLength);
        Rewrite?.Invoke((nint)_packet->Ip);
        _table.Split(_packet);
        List<byte[]> frames = [];
        for (uint fragment = _table.FirstOf(_packet->Datagram); fragment != 0; fragment = _table.NextOf(fragment))
        {
            Mbuf* frame = _table.MbufOf(fragment);
            frames.Add(Read(frame));
            Mbufs.FreeBulk(&frame, 1);
        }

        Assert.Equal((uint)frames.Count, _table.CountOf(_packet->Datagram));
        Frames = frames;
        _table.ReleaseJoined();
    }

    Mbuf* Chain(byte[] frame, ReadOnlySpan<int> cuts)
    {
        Mbuf* head = null;
        Mbuf* tail = null;
        int begin = 0;
        for (int i = 0; i <= cuts.Length; i++)
        {
            int end = i < cuts.Length ? cuts[i] : frame.Length;
            Mbuf* segment;
            Assert.Equal(0, Mbufs.AllocateBulk(_pool.Mempool, &segment, 1));
            frame.AsSpan(begin, end - begin).CopyTo(new Span<byte>(segment->Data, end - begin));
            segment->DataLength = (ushort)(end - begin);
            if (head == null)
            {
                head = segment;
                head->PacketLength = (uint)frame.Length;
                head->SegmentCount = (ushort)(cuts.Length + 1);
            }
            else
            {
                tail->Next = segment;
            }

            tail = segment;
            begin = end;
        }

        return head;
    }

    static byte[] Read(Mbuf* frame)
    {
        List<byte> bytes = [];
        int segments = 0;
        for (Mbuf* segment = frame; segment != null; segment = segment->Next, segments++)
        {
            bytes.AddRange(new ReadOnlySpan<byte>(segment->Data, segment->DataLength));
        }

        Assert.Equal(((uint)bytes.Count, segments), (frame->PacketLength, frame->SegmentCount));
        return [.. bytes];
    }
}
