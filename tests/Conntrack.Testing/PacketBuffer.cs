using System.Runtime.InteropServices;
using Conntrack.Native;
using Conntrack.Packets;

namespace Conntrack.Testing;

/// <summary>
/// One packet context with the buffer chain a port would have delivered, without DPDK. Every segment ends (or begins) at a page that must
/// not be touched.
/// </summary>
public sealed unsafe class PacketBuffer : IDisposable
{
    const int MaxSegments = 4;

    readonly GuardedMemory[] _memory = new GuardedMemory[MaxSegments];
    readonly Mbuf* _mbufs = (Mbuf*)NativeMemory.AlignedAlloc(MaxSegments * (nuint)sizeof(Mbuf), 64);

    /// <summary>SegmentCount of up to <paramref name="capacity"/> bytes.</summary>
    public PacketBuffer(int capacity = 16384)
    {
        for (int i = 0; i < MaxSegments; i++)
        {
            _memory[i] = new GuardedMemory(capacity);
        }
    }

    /// <summary>The context, two cache lines.</summary>
    public Packet* Packet { get; } = (Packet*)NativeMemory.AlignedAlloc((nuint)sizeof(Packet), 64);

    /// <summary>
    /// Loads a frame, cut into segments at these offsets, and fills the rest of the context with 0xa5: a parser that forgets
    /// a field is seen.
    /// </summary>
    /// <param name="frame">The frame.</param>
    /// <param name="cuts">Ascending; none for a single segment, at most three.</param>
    /// <returns>The context.</returns>
    public Packet* Load(ReadOnlySpan<byte> frame, params ReadOnlySpan<int> cuts) => Load(frame, atStart: false, cuts);

    /// <summary>As the other, at the start of the guarded pages, so that reading before the frame is seen too.</summary>
    public Packet* LoadAtStart(ReadOnlySpan<byte> frame) => Load(frame, atStart: true, []);

    public void Dispose()
    {
        foreach (GuardedMemory memory in _memory)
        {
            memory.Dispose();
        }

        NativeMemory.AlignedFree(_mbufs);
        NativeMemory.AlignedFree(Packet);
    }

    Packet* Load(ReadOnlySpan<byte> frame, bool atStart, ReadOnlySpan<int> cuts)
    {
        NativeMemory.Fill(Packet, (nuint)sizeof(Packet), 0xa5);
        NativeMemory.Clear(_mbufs, MaxSegments * (nuint)sizeof(Mbuf));
        int begin = 0;
        for (int i = 0; i <= cuts.Length; i++)
        {
            int end = i < cuts.Length ? cuts[i] : frame.Length;
            ReadOnlySpan<byte> part = frame[begin..end];
            byte* data = atStart ? _memory[i].PlaceFirst(part) : _memory[i].PlaceLast(part);
            const int Headroom = 128;
            _mbufs[i].BufferAddress = data - Headroom;
            _mbufs[i].DataOffset = Headroom;
            _mbufs[i].DataLength = (ushort)part.Length;
            _mbufs[i].PacketLength = (uint)frame.Length;
            _mbufs[i].SegmentCount = (ushort)(cuts.Length + 1);
            _mbufs[i].Next = i < cuts.Length ? &_mbufs[i + 1] : null;
            begin = end;
        }

        Packet->Mbuf = _mbufs;
        Packet->FrameLength = (uint)frame.Length;
        return Packet;
    }
}
