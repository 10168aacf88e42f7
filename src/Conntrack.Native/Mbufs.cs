using System.Runtime.InteropServices;

namespace Conntrack.Native;

/// <summary>
/// Frames in bulk. A frame is the first mbuf of a chain; lengths and offsets are bytes from its Ethernet header on. These are hot: a
/// failure is told by the status alone, except for <see cref="Linearize"/>.
/// </summary>
public static unsafe partial class Mbufs
{
    /// <summary>All n fresh mbufs of one empty segment (0), or none (-ENOMEM).</summary>
    [LibraryImport(Shim.Library, EntryPoint = "ctd_mbuf_alloc_bulk")]
    [SuppressGCTransition]
    public static partial int AllocateBulk(Mempool* pool, Mbuf** mbufs, uint n);

    /// <summary>Frees n frames to the pools they came from; null entries are skipped.</summary>
    [LibraryImport(Shim.Library, EntryPoint = "ctd_mbuf_free_bulk")]
    [SuppressGCTransition]
    public static partial void FreeBulk(Mbuf** frames, uint n);

    /// <summary>Clones share the data of their original, which nobody may write from then on. All n (0) or none (-ENOMEM).</summary>
    [LibraryImport(Shim.Library, EntryPoint = "ctd_mbuf_clone_bulk")]
    [SuppressGCTransition]
    public static partial int CloneBulk(Mempool* pool, Mbuf** frames, Mbuf** clones, uint n);

    /// <summary>Copies own their data. All n (0) or none (-ENOMEM).</summary>
    [LibraryImport(Shim.Library, EntryPoint = "ctd_mbuf_copy_bulk")]
    public static partial int CopyBulk(Mempool* pool, Mbuf** frames, Mbuf** copies, uint n);

    /// <summary>Moves a chain into its first segment. -ENOSPC: it does not fit there, and is unchanged.</summary>
    [LibraryImport(Shim.Library, EntryPoint = "ctd_mbuf_linearize")]
    public static partial int Linearize(Mbuf* frame);

    /// <summary>The range as contiguous bytes: in the frame, or in buffer after copying. Null: the range leaves the frame.</summary>
    [LibraryImport(Shim.Library, EntryPoint = "ctd_mbuf_read")]
    [SuppressGCTransition]
    public static partial byte* Read(Mbuf* frame, uint offset, uint length, byte* buffer);

    /// <summary>RFC 1071 sum of the range, not complemented, as stored in memory. -EINVAL: the range leaves the frame.</summary>
    [LibraryImport(Shim.Library, EntryPoint = "ctd_mbuf_raw_cksum")]
    public static partial int RawChecksum(Mbuf* frame, uint offset, uint length, ushort* sum);

    [LibraryImport(Shim.Library, EntryPoint = "ctd_mbuf_layout")]
    internal static partial void GetLayout(Layout* layout);

    /// <summary>Throws unless the mbufs of the loaded library are those <see cref="Mbuf"/> describes.</summary>
    internal static void CheckLayout()
    {
        Layout theirs, ours;
        GetLayout(&theirs);
        Mbuf m;
        ours = new Layout
        {
            BufAddr = Offset(&m, &m.BufferAddress),
            DataOff = Offset(&m, &m.DataOffset),
            RefCnt = Offset(&m, &m.ReferenceCount),
            NbSegs = Offset(&m, &m.SegmentCount),
            Port = Offset(&m, &m.Port),
            OlFlags = Offset(&m, &m.OffloadFlags),
            PacketType = Offset(&m, &m.PacketType),
            PktLen = Offset(&m, &m.PacketLength),
            DataLen = Offset(&m, &m.DataLength),
            VlanTci = Offset(&m, &m.VlanTci),
            RssHash = Offset(&m, &m.RssHash),
            VlanTciOuter = Offset(&m, &m.OuterVlanTci),
            BufLen = Offset(&m, &m.BufferLength),
            Pool = Offset(&m, &m.Pool),
            Next = Offset(&m, &m.Next),
            TxOffload = Offset(&m, &m.TxOffload),
            Size = Mbuf.Bytes,
            Headroom = Mbuf.Headroom,
        };
        if (theirs != ours)
            throw new NativeException(-Errno.NotSupported, "mbuf layout", $"this build knows {ours}, the library has {theirs}");
    }

    static ushort Offset(void* mbuf, void* field) => (ushort)((byte*)field - (byte*)mbuf);

    /// <summary>struct ctd_mbuf_layout, field by field.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal record struct Layout
    {
        public ushort BufAddr, DataOff, RefCnt, NbSegs, Port, OlFlags, PacketType, PktLen, DataLen, VlanTci, RssHash, VlanTciOuter, BufLen,
            Pool, Next, TxOffload, Size, Headroom;
    }
}
