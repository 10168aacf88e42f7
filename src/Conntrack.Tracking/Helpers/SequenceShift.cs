using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Conntrack.Tracking.Helpers;

/// <summary>
/// How far the sequence numbers of one direction are ahead of its sender's because a helper has made its data longer or shorter: before the latest
/// place that was changed, and behind it.
/// </summary>
/// <remarks><code>
///  0 place (4)   4 before (4)   8 behind (4)   12
/// </code></remarks>
[StructLayout(LayoutKind.Explicit, Size = ByteSize)]
public struct SequenceShift
{
    /// <summary>Bytes of this struct.</summary>
    public const int ByteSize = 12;

    /// <summary>The sender's number of the first byte of the segment that was changed last.</summary>
    [FieldOffset(0)] public uint Place;

    /// <summary>Added to numbers up to the place.</summary>
    [FieldOffset(4)] public int Before;

    /// <summary>Added to numbers behind it.</summary>
    [FieldOffset(8)] public int Behind;

    /// <summary>Whether any number changes.</summary>
    public readonly bool IsSet => (Before | Behind) != 0;

    /// <summary>Notes that a segment's length has changed. One that comes again changes nothing: it was noted the first time.</summary>
    /// <param name="sequence">The sender's number of its first byte.</param>
    /// <param name="growth">Bytes it is longer.</param>
    public void Note(uint sequence, int growth)
    {
        if (growth != 0 && (!IsSet || (int)(sequence - Place) > 0))
        {
            Place = sequence;
            Before = Behind;
            Behind += growth;
        }
    }

    /// <summary>A number of the sender as the receiver knows it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly uint Forth(uint sequence) => sequence + (uint)((int)(sequence - Place) > 0 ? Behind : Before);

    /// <summary>A number that the receiver acknowledges as the sender knows it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly uint Back(uint acknowledged) =>
        acknowledged - (uint)((int)(acknowledged - (uint)Before - Place) > 0 ? Behind : Before);
}
