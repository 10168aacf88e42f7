using System.Runtime.InteropServices;
using Conntrack.Packets;

namespace Conntrack.Dataplane.Reassembly;

/// <summary>A datagram of which fragments are there: what names it, and how far it has come. Two cache lines.</summary>
/// <remarks><code>
///   0 source (16)  16 destination (16)  32 id (4)  36 VLANs (4)  40 interface (2)  42 protocol  43 family     the key, 44 bytes
///  44 hash (4)     48 deadline (8)      56 next in bucket (4)    60 first fragment (4)
///  64 last fragment (4)  68 older (4)   72 newer (4)    76 length (4)     80 bytes there (4)  84 fragments (4)
///  88 fragment header (8)               96 next header at (2)    98 first header (2)         100 first checksum (2)
/// 102 traffic class  103 hops  104 pulled (2)  106 has end  107 … 128 spare
/// </code></remarks>
[StructLayout(LayoutKind.Explicit, Size = ByteSize)]
unsafe struct Datagram
{
    public const int ByteSize = 128;

    /// <summary>Bytes that tell one datagram from another.</summary>
    public const int KeySize = 44;

    /// <summary>IPv4 addresses fill the first eight bytes, the rest is zero.</summary>
    [FieldOffset(0)] public Addresses6 Addresses;

    [FieldOffset(0)] public ulong Addresses4;

    [FieldOffset(32)] public uint Id;

    /// <summary>VLAN ids of the frame, the outer one in the upper half: VLANs are networks of their own.</summary>
    [FieldOffset(36)] public uint Vlans;

    /// <summary>
    /// Where the addresses mean something on their own link only, the interface; else none: fragments may come over different paths.
    /// </summary>
    [FieldOffset(40)] public ushort Interface;

    /// <summary>IPv4 only: an IPv6 datagram is named without it (RFC 8200 4.5).</summary>
    [FieldOffset(42)] public byte Protocol;

    [FieldOffset(43)] public PacketFamily Family;
    [FieldOffset(44)] public uint Hash;

    /// <summary>When its fragments are given up: 30 s (IPv4) or 60 s (IPv6) after the first of them came.</summary>
    [FieldOffset(48)] public ulong Deadline;

    /// <summary>The next datagram in the same bucket, or the next free slot.</summary>
    [FieldOffset(56)] public uint Chain;

    /// <summary>The fragment with the lowest offset, 0 for none.</summary>
    [FieldOffset(60)] public uint First;

    [FieldOffset(64)] public uint Last;

    /// <summary>Neighbours among the datagrams of the family, which are in order of age.</summary>
    [FieldOffset(68)] public uint Older;

    [FieldOffset(72)] public uint Newer;

    /// <summary>Where the fragments seen so far end; with <see cref="HasEnd"/> the length of the whole.</summary>
    [FieldOffset(76)] public uint Length;

    /// <summary>Bytes of data there.</summary>
    [FieldOffset(80)] public uint Present;

    [FieldOffset(84)] public uint Fragments;

    /// <summary>IPv6: the first fragment's fragment header, which the whole has not.</summary>
    [FieldOffset(88)] public ulong FragmentHeader;

    /// <summary>IPv6: where the byte stands that names it, from the IPv6 header on.</summary>
    [FieldOffset(96)] public ushort NextHeaderAt;

    /// <summary>Bytes of the first fragment's link and IP headers.</summary>
    [FieldOffset(98)] public ushort FirstHeader;

    /// <summary>IPv4: the first fragment's header checksum.</summary>
    [FieldOffset(100)] public ushort FirstChecksum;

    /// <summary>Of the first fragment when it was joined: what a rule has changed since is changed in every fragment.</summary>
    [FieldOffset(102)] public byte TrafficClass;

    [FieldOffset(103)] public byte Hops;

    /// <summary>Bytes of later fragments that were moved behind the first one's, so that the transport header is in one piece.</summary>
    [FieldOffset(104)] public ushort Pulled;

    /// <summary>1: the last fragment is there.</summary>
    [FieldOffset(106)] public byte HasEnd;

    /// <summary>Compares the keys.</summary>
    public static bool SameKey(Datagram* a, Datagram* b) =>
        new ReadOnlySpan<byte>(a, KeySize).SequenceEqual(new ReadOnlySpan<byte>(b, KeySize));
}
