using System.Runtime.InteropServices;
using Conntrack.Dataplane.Abi;
using Conntrack.Native;

namespace Conntrack.Dataplane.Replay;

/// <summary>One capture file being read ahead, a batch of frames at a time.</summary>
sealed unsafe class ReplaySource(ReplayInput input, Mempool* pool) : IDisposable
{
    const int Batch = 64;

    readonly Mbuf** _mbufs = (Mbuf**)NativeMemory.AllocZeroed(Batch, (nuint)sizeof(Mbuf*));
    readonly CaptureMeta* _frames = (CaptureMeta*)NativeMemory.AllocZeroed(Batch, (nuint)sizeof(CaptureMeta));
    int _count;
    int _next;
    int _end = 1;

    public ushort Interface => input.Interface;

    /// <summary>1-based number of the head frame in its file.</summary>
    public uint FrameNumber { get; private set; }

    public CaptureMeta* Head => _frames + _next;

    public Mbuf* HeadMbuf => _mbufs[_next];

    /// <summary>1 when there is a head frame, 0 at the end of the file, negative when the file cannot be read on.</summary>
    public int Fill()
    {
        if (_next < _count)
        {
            return 1;
        }

        if (_end <= 0)
        {
            return _end;
        }

        int read = Captures.Read(input.Reader, pool, _mbufs, _frames, Batch);
        FrameNumber++;
        _next = 0;
        _count = Math.Max(read, 0);
        _end = Math.Min(read, 1);
        return _end;
    }

    /// <summary>The head frame has been taken by the caller, who now owns its buffer.</summary>
    public void Advance()
    {
        if (++_next < _count)
        {
            FrameNumber++;
        }
    }

    public void Dispose()
    {
        if (_next < _count)
        {
            Mbufs.FreeBulk(_mbufs + _next, (uint)(_count - _next));
        }

        NativeMemory.Free(_mbufs);
        NativeMemory.Free(_frames);
    }
}
