using System.Runtime.InteropServices;

namespace Conntrack.Native;

/// <summary>
/// struct rte_mbuf of DPDK 22.11, two cache lines, the fields we use; <see cref="EalSession"/> compares the offsets with those of the
/// library it loads.
/// <code>
///   0 buf_addr      8 (iova)     16 data_off  18 refcnt  20 nb_segs  22 port   24 ol_flags
///  32 packet_type  36 pkt_len    40 data_len  42 vlan_tci  44 rss hash  52 vlan_tci_outer  54 buf_len  56 pool
///  64 next         72 tx_offload
/// </code>
/// </summary>
[StructLayout(LayoutKind.Explicit, Size = Bytes)]
public unsafe struct Mbuf
{
    public const int Bytes = 128;

    /// <summary>Bytes free before the data of a fresh mbuf.</summary>
    public const int Headroom = 128;

    [FieldOffset(0)] public byte* BufferAddress;

    /// <summary>Where the data begins, in bytes from <see cref="BufferAddress"/>.</summary>
    [FieldOffset(16)] public ushort DataOffset;
    [FieldOffset(18)] public ushort ReferenceCount;

    /// <summary>Segments of the frame, told by its first one only.</summary>
    [FieldOffset(20)] public ushort SegmentCount;
    [FieldOffset(22)] public ushort Port;
    [FieldOffset(24)] public ulong OffloadFlags;
    [FieldOffset(32)] public uint PacketType;

    /// <summary>Bytes of the whole frame, told by its first segment only.</summary>
    [FieldOffset(36)] public uint PacketLength;

    /// <summary>Bytes of this segment.</summary>
    [FieldOffset(40)] public ushort DataLength;
    [FieldOffset(42)] public ushort VlanTci;
    [FieldOffset(44)] public uint RssHash;
    [FieldOffset(52)] public ushort OuterVlanTci;

    /// <summary>Bytes of the buffer, headroom included.</summary>
    [FieldOffset(54)] public ushort BufferLength;
    [FieldOffset(56)] public Mempool* Pool;
    [FieldOffset(64)] public Mbuf* Next;

    /// <summary>l2_len 7 bits, l3_len 9, l4_len 8, tso_segsz 16, outer_l3_len 9, outer_l2_len 7, from the lowest bit on.</summary>
    [FieldOffset(72)] public ulong TxOffload;

    /// <summary>First byte of this segment; of a frame's first segment, the first byte of the Ethernet header.</summary>
    public readonly byte* Data => BufferAddress + DataOffset;

    /// <summary>Bytes that may still be put before the data of this segment.</summary>
    public readonly ushort FreeBefore => DataOffset;

    /// <summary>Bytes that may still be put behind the data of this segment.</summary>
    public readonly int FreeBehind => BufferLength - DataOffset - DataLength;
}
