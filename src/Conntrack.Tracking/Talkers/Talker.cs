using System.Buffers.Binary;

namespace Conntrack.Tracking.Talkers;

/// <summary>An address as sketches know it: of IPv6 as a number, of IPv4 as its mapped form ::ffff:a.b.c.d; 0 is none.</summary>
public static unsafe class Talker
{
    const ulong Mapped = 0xffff_0000_0000;

    /// <summary>From network order.</summary>
    public static UInt128 Ipv4(uint address) => Mapped | BinaryPrimitives.ReverseEndianness(address);

    /// <summary>From 16 bytes in network order.</summary>
    public static UInt128 Ipv6(void* address) => BinaryPrimitives.ReverseEndianness(*(UInt128*)address);
}

/// <summary>Who sent and who was to receive.</summary>
public readonly record struct TalkerPair(UInt128 Source, UInt128 Destination);

/// <summary>What a sketch counts.</summary>
public enum TalkerKind
{
    /// <summary>Connections opened.</summary>
    Opened = 0,

    /// <summary>Packets dropped.</summary>
    Dropped = 1,

    Count = 2,
}
