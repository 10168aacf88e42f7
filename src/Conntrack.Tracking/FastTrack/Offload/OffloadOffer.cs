using System.Runtime.InteropServices;

namespace Conntrack.Tracking.FastTrack.Offload;

/// <summary>What a worker says about a connection that hardware may forward.</summary>
public enum OfferKind : byte
{
    None = 0,

    /// <summary>A direction of it could be forwarded like this.</summary>
    Offer = 1,

    /// <summary>It has ended, or its packets carry news again: none of them may be forwarded past the worker any more.</summary>
    Over = 2,
}

/// <summary>One direction of a fasttracked connection as hardware has to know it. Addresses and ports are in network order.</summary>
/// <remarks><code>
///  0 kind (1)   1 IPv6 (1)   2 generation (2)   4 record (4)   8 edition (4)   12 direction (1)   13 protocol (1)   14 hops (1)   15 spare
/// 16 in-port (2)   18 in-interface (2)   20 out-interface (2)   22 neighbour (2)   24 timeout slot (2)   26 link bytes (2)   28 spare (4)
/// 32 source (16)   48 destination (16)   64 new source (16)   80 new destination (16)   IPv4 in the first four bytes
/// 96 ports: source, destination, new source, new destination (2 each)   104 … 128 spare
/// </code></remarks>
[StructLayout(LayoutKind.Explicit, Size = ByteSize)]
public unsafe struct OffloadOffer
{
    /// <summary>Bytes of this struct.</summary>
    public const int ByteSize = 128;

    [FieldOffset(0)] public OfferKind Kind;
    [FieldOffset(1)] public byte IsIpv6;
    [FieldOffset(2)] public ushort Generation;
    [FieldOffset(4)] public uint Record;

    /// <summary>Rules, routes and neighbours that this is true under.</summary>
    [FieldOffset(8)] public uint Edition;

    [FieldOffset(12)] public byte Direction;
    [FieldOffset(13)] public byte Protocol;

    /// <summary>Time to live that the direction's packets come with.</summary>
    [FieldOffset(14)] public byte Hops;

    [FieldOffset(16)] public ushort InPort;
    [FieldOffset(18)] public ushort InInterface;
    [FieldOffset(20)] public ushort OutInterface;

    /// <summary>Whom its packets are sent to, 0 where the link layer stays as it is.</summary>
    [FieldOffset(22)] public ushort Neighbour;

    /// <summary>Which timeout every packet extends the connection by, see <see cref="TrackingParameters.Timeouts"/>.</summary>
    [FieldOffset(24)] public ushort TimeoutSlot;

    /// <summary>Bytes in front of its packets' IP headers as they come in.</summary>
    [FieldOffset(26)] public ushort LinkBytes;

    [FieldOffset(32)] public fixed byte Src[16];
    [FieldOffset(48)] public fixed byte Dst[16];
    [FieldOffset(64)] public fixed byte NewSrc[16];
    [FieldOffset(80)] public fixed byte NewDst[16];
    [FieldOffset(96)] public ushort SrcPort;
    [FieldOffset(98)] public ushort DstPort;
    [FieldOffset(100)] public ushort NewSrcPort;
    [FieldOffset(102)] public ushort NewDstPort;

    /// <summary>Sets addresses and ports to those a direction comes with, and leaves with.</summary>
    public static void SetTuples<TRecord>(OffloadOffer* offer, TRecord* record, int direction)
        where TRecord : unmanaged, IConnectionRecord<TRecord>
    {
        if (sizeof(TRecord) == Connection6.ByteSize)
        {
            var ipv6 = (Connection6*)record;
            Set6(offer, direction == 0 ? &ipv6->Original : &ipv6->Reply, direction == 0 ? &ipv6->Reply : &ipv6->Original);
            Set(
                offer, direction == 0 ? ipv6->OriginalPorts : ipv6->ReplyPorts, direction == 0 ? ipv6->ReplyPorts : ipv6->OriginalPorts);
            return;
        }

        var ipv4 = (Connection4*)record;
        Packets.Tuple4 own = direction == 0 ? ipv4->Original : ipv4->Reply, other = direction == 0 ? ipv4->Reply : ipv4->Original;
        *(uint*)offer->Src = own.Src;
        *(uint*)offer->Dst = own.Dst;
        *(uint*)offer->NewSrc = other.Dst;
        *(uint*)offer->NewDst = other.Src;
        Set(
            offer, new() { SrcPort = own.SrcPort, DstPort = own.DstPort }, new() { SrcPort = other.SrcPort, DstPort = other.DstPort });
    }

    static void Set6(OffloadOffer* offer, Packets.Addresses6* own, Packets.Addresses6* other)
    {
        *(System.Runtime.Intrinsics.Vector128<byte>*)offer->Src = own->Src;
        *(System.Runtime.Intrinsics.Vector128<byte>*)offer->Dst = own->Dst;
        *(System.Runtime.Intrinsics.Vector128<byte>*)offer->NewSrc = other->Dst;
        *(System.Runtime.Intrinsics.Vector128<byte>*)offer->NewDst = other->Src;
    }

    static void Set(OffloadOffer* offer, Packets.PortPair own, Packets.PortPair other)
    {
        offer->SrcPort = own.SrcPort;
        offer->DstPort = own.DstPort;
        offer->NewSrcPort = other.DstPort;
        offer->NewDstPort = other.SrcPort;
    }
}
