using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Conntrack.Tracking.Tcp;

/// <summary>
/// TCP's own 48 bytes of a <see cref="Connection"/>, from offset 36 on: the first four end the line of the tuples, the others begin the
/// line of the counters.
/// </summary>
/// <remarks><code>
///   0 marks (4)
///   4 window of the original direction (16)
///  20 window of the reply (16)
///  36 last segment: acknowledgment (4)   40 end (4)   44 length (2)   46 window as in the header (2)
///  48
/// </code></remarks>
[StructLayout(LayoutKind.Explicit, Size = ByteSize)]
public unsafe struct TcpFlow
{
    /// <summary>Bytes of this struct.</summary>
    public const int ByteSize = 48;

    /// <summary>Where it begins in a <see cref="Connection"/>.</summary>
    public const int OffsetInConnection = 36;

    [FieldOffset(0)] public TcpMarks Marks;
    [FieldOffset(4)] public TcpWindow Original;
    [FieldOffset(20)] public TcpWindow Reply;

    /// <summary>Acknowledgment of the last ACK.</summary>
    [FieldOffset(36)] public uint LastAcknowledgment;

    /// <summary>The number after the last byte of the last ACK or ignored segment.</summary>
    [FieldOffset(40)] public uint LastEnd;

    /// <summary>Its length in sequence numbers, in the lower half, and the window in its header.</summary>
    [FieldOffset(44)] public uint LastLengthAndWindow;

    /// <summary>The window in the header of the last ACK or ignored segment, not scaled.</summary>
    [FieldOffset(46)] public ushort LastWindow;

    /// <summary>The flow of a connection whose protocol is TCP.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TcpFlow* Of(Connection* connection) => (TcpFlow*)((byte*)connection + OffsetInConnection);

    /// <summary>One direction's window.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TcpWindow* WindowOf(TcpFlow* flow, int direction) => &flow->Original + direction;

    /// <summary>
    /// The connection is fasttracked: packets go past the windows from now on, and what is seen of them is not measured against what was
    /// seen before, as Linux does with offloaded flows.
    /// </summary>
    public static void LoseSight(TcpFlow* flow) => flow->Marks = flow->Marks.With(TcpMarks.Liberal * TcpMarks.OfBothDirections);

    /// <summary>
    /// Packets went past: the next segment of each direction shows its window anew, and what either acknowledged is not known any more,
    /// so that a RST is not measured against it.
    /// </summary>
    public static void Forget(TcpFlow* flow)
    {
        flow->Original.Size = 0;
        flow->Reply.Size = 0;
        flow->Marks = flow->Marks.Without(TcpMarks.HasAcknowledged * TcpMarks.OfBothDirections);
    }
}
