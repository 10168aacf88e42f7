using System.Runtime.InteropServices;

namespace Conntrack.Tracking.Table;

/// <summary>
/// What only some connections need, in a slab of its own: a cache line that a record names by number. Zero when taken.
/// </summary>
/// <remarks><code>
///  0  packets carry orig (4)       4  repl (4)    how often the record's 32-bit packet counter wrapped
///  8  bytes carry orig (4)        12  repl (4)    how often its 48-bit byte counter wrapped
/// 16  fasttrack packets orig (8)  24  repl (8)
/// 32  fasttrack bytes orig (8)    40  repl (8)
/// 48  spare (16): rates, helper state, GRE key, layer-7 progress
/// 64
/// </code></remarks>
[StructLayout(LayoutKind.Explicit, Size = ByteSize)]
public unsafe struct Extension
{
    /// <summary>Bytes of an extension: a cache line.</summary>
    public const int ByteSize = 64;

    [FieldOffset(0)] public fixed uint PacketsCarry[2];
    [FieldOffset(8)] public fixed uint BytesCarry[2];
    [FieldOffset(16)] public fixed ulong FastTrackPackets[2];
    [FieldOffset(32)] public fixed ulong FastTrackBytes[2];
}
