using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Conntrack.Tracking.Tcp;

/// <summary>What one direction of a connection has shown of its sequence space, in host order (RFC 9293 3.4; Rooij, Real Stateful TCP).</summary>
/// <remarks><code>
///  0 end (4)   4 limit (4)   8 size (4)   12 acknowledged (4)   16
/// </code></remarks>
[StructLayout(LayoutKind.Explicit, Size = ByteSize)]
public struct TcpWindow
{
    /// <summary>Bytes of this struct.</summary>
    public const int ByteSize = 16;

    /// <summary>
    /// How far behind an acknowledgment may be at least. Larger than any window without scaling, so that one overtaken on the way counts.
    /// </summary>
    const uint LateAcknowledgment = 66_000;

    /// <summary>The number after the highest byte it sent.</summary>
    [FieldOffset(0)] public uint End;

    /// <summary>The number after the last byte it may send: the other side's acknowledgment and window.</summary>
    [FieldOffset(4)] public uint Limit;

    /// <summary>The largest window it offered, in bytes; 0 while it has shown nothing.</summary>
    [FieldOffset(8)] public uint Size;

    /// <summary>The highest number it acknowledged, once it has <see cref="TcpMarks.HasAcknowledged"/>.</summary>
    [FieldOffset(12)] public uint Acknowledged;

    /// <summary>The later of two numbers of a space that wraps.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint Later(uint a, uint b) => (int)(b - a) > 0 ? b : a;

    /// <summary>
    /// The four bounds between two directions that have shown a window, together. Each is negative where it holds.
    /// </summary>
    /// <param name="from">The sender's side.</param>
    /// <param name="to">The receiver's.</param>
    /// <param name="sequence">Number of the first byte.</param>
    /// <param name="end">The number after the last one.</param>
    /// <param name="highest">What it acknowledges: the highest SACK edge, or the acknowledgment.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool Contain(in TcpWindow from, in TcpWindow to, uint sequence, uint end, uint highest)
    {
        int right = BeyondLimit(from, sequence);
        int left = BehindWindow(from, to, end);
        int unsent = BeyondSent(to, highest);
        int late = BehindSent(from, to, highest);
        return (right & left & unsent & late) < 0;
    }

    /// <summary>Negative when the segment begins within what the receiver has offered.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int BeyondLimit(in TcpWindow from, uint sequence) => (int)(sequence - from.Limit - 1);

    /// <summary>Negative when the segment ends within a window's length of the highest byte sent: no old retransmission.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int BehindWindow(in TcpWindow from, in TcpWindow to, uint end) => (int)(from.End - to.Size - 1 - end);

    /// <summary>Negative when all it acknowledges has been sent.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int BeyondSent(in TcpWindow to, uint highest) => (int)(highest - to.End - 1);

    /// <summary>Negative when what it acknowledges is not long overtaken.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int BehindSent(in TcpWindow from, in TcpWindow to, uint highest) =>
        (int)(to.End - Math.Max(from.Size, LateAcknowledgment) - 1 - highest);
}
