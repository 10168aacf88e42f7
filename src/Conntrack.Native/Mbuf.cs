using System.Runtime.InteropServices;

namespace Conntrack.Native;

/// <summary>The part of DPDK's <c>rte_mbuf</c> that the dataplane reads itself; checked against the library's own offsets at start.</summary>
[StructLayout(LayoutKind.Explicit, Size = 128)]
public unsafe struct Mbuf
{
    [FieldOffset(0)] public byte* BufferAddress;
    [FieldOffset(16)] public ushort DataOffset;
    [FieldOffset(20)] public ushort Segments;
    [FieldOffset(22)] public ushort Port;
    [FieldOffset(24)] public ulong OffloadFlags;

    /// <summary>Bytes of the whole frame, all segments.</summary>
    [FieldOffset(36)] public uint PacketLength;

    /// <summary>Bytes in this segment.</summary>
    [FieldOffset(40)] public ushort DataLength;

    [FieldOffset(64)] public Mbuf* Next;

    /// <summary>First byte of this segment.</summary>
    public readonly byte* Data => BufferAddress + DataOffset;
}
