using System.Runtime.InteropServices;
using Conntrack.Native;

namespace Conntrack.Dataplane.Reassembly;

/// <summary>One fragment of a datagram; two to a cache line. Fragments of a datagram are listed in order of their offset.</summary>
/// <remarks><code>
///  0 mbuf (8)  8 number (4)  12 next (4)  16 offset (2)  18 length (2)  20 header (2)  22 buffers (2)
/// 24 padding (2)  26 field (2)  28 link (1)  29 starts run (1)  30 trimmed (1)  31 spare
/// </code></remarks>
[StructLayout(LayoutKind.Explicit, Size = ByteSize)]
unsafe struct HeldFragment
{
    public const int ByteSize = 32;

    /// <summary>The frame as it came; while the datagram is joined, a part of its chain.</summary>
    [FieldOffset(0)] public Mbuf* Mbuf;

    /// <summary>Number of the frame, for the trace.</summary>
    [FieldOffset(8)] public uint Number;

    /// <summary>The fragment with the next higher offset, or the next free slot; 0 for none.</summary>
    [FieldOffset(12)] public uint Next;

    /// <summary>Of the data in the datagram, bytes.</summary>
    [FieldOffset(16)] public ushort Offset;

    /// <summary>Bytes of data.</summary>
    [FieldOffset(18)] public ushort Length;

    /// <summary>Bytes of link and IP headers in front of the data, a fragment header included.</summary>
    [FieldOffset(20)] public ushort Header;

    /// <summary>Segments of the frame.</summary>
    [FieldOffset(22)] public ushort Buffers;

    /// <summary>Bytes behind the data in a frame of one segment.</summary>
    [FieldOffset(24)] public ushort Padding;

    /// <summary>IPv4: flags and offset of the header, as loaded.</summary>
    [FieldOffset(26)] public ushort Field;

    /// <summary>Bytes of the link header.</summary>
    [FieldOffset(28)] public byte Link;

    /// <summary>
    /// 1: a run begins here, fragments that came one behind the other at the end of all. What lies within a run is a duplicate, what
    /// lies over its edge an overlap.
    /// </summary>
    [FieldOffset(29)] public byte StartsRun;

    /// <summary>1: the frame says more bytes than a fragment of its place may have.</summary>
    [FieldOffset(30)] public byte Trimmed;

    public readonly uint End => (uint)Offset + Length;
}
