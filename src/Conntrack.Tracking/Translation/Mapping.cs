using System.Runtime.InteropServices;

namespace Conntrack.Tracking.Translation;

/// <summary>
/// An endpoint inside and the one outside that stands for it towards everybody (RFC 4787, endpoint-independent mapping): half a cache line of
/// <see cref="MappingTable"/>. UDP of IPv4 only.
/// </summary>
/// <remarks><code>
///  0 word: state (2 bits), connections (30), life (32)   8 inside (4)  12 inside port (2)  14 outside port (2)  16 outside (4)  20 place (4)
/// 24 spare (8)
/// 32
/// </code></remarks>
[StructLayout(LayoutKind.Explicit, Size = ByteSize)]
struct Mapping
{
    /// <summary>Bytes of this struct.</summary>
    public const int ByteSize = 32;

    [FieldOffset(0)] public ulong Word;

    /// <summary>Host order, as all addresses of mappings; ports are in network order.</summary>
    [FieldOffset(8)] public uint Inside;

    [FieldOffset(12)] public ushort InsidePort;
    [FieldOffset(14)] public ushort OutsidePort;
    [FieldOffset(16)] public uint Outside;

    /// <summary>Where its number stands among the places by outside endpoint.</summary>
    [FieldOffset(20)] public uint Place;
}

/// <summary>What became of a mapping that was to be made.</summary>
public enum MapOutcome : byte
{
    Made,

    /// <summary>Another worker has made one for the same client meanwhile: it is to be taken.</summary>
    Known,

    /// <summary>The endpoint outside stands for another client, or nobody could say in time that it does not.</summary>
    PortTaken,

    /// <summary>No room for another mapping.</summary>
    Full,
}
