using System.Runtime.InteropServices;
using Conntrack.Tracking.Helpers;

namespace Conntrack.Tracking.Table;

/// <summary>
/// What only some connections need, in a slab of its own: a cache line that a record names by number. Zero when taken.
/// </summary>
/// <remarks><code>
///  0  packets carry orig (2)       2  repl (2)    how often the record's 32-bit packet counter wrapped
///  4  bytes carry orig (2)         6  repl (2)    how often its 48-bit byte counter wrapped: 64 bits together
///  8  counted (4)                 12  layer 7 (4)
/// 16  fasttrack packets orig, low half (4)   20  repl (4)   24  their high quarter orig (2)   26  repl (2): 48 bits together, as all packets
/// 28  flow pair (4)
/// 32  fasttrack bytes orig (8)    40  repl (8)
/// 48  rate since tick (4)        52  bytes then, low half (4)   56  bytes a second (4)   60  helper's state (3), helper (1)
/// 64
/// </code></remarks>
[StructLayout(LayoutKind.Explicit, Size = ByteSize)]
public unsafe struct Extension
{
    /// <summary>Bytes of an extension: a cache line.</summary>
    public const int ByteSize = 64;

    /// <summary>A record beyond is not kept by any helper: the number has 24 bits.</summary>
    public const uint MostHelperStates = 1u << 24;

    [FieldOffset(0)] public fixed ushort PacketsCarry[2];
    [FieldOffset(4)] public fixed ushort BytesCarry[2];

    /// <summary>Number of its first <see cref="CountedPlaces"/> in this slab, 0 for none.</summary>
    [FieldOffset(8)] public uint Counted;

    /// <summary>Number of its <see cref="Layer7State"/> in this slab, 0 for none.</summary>
    [FieldOffset(12)] public uint Layer7;

    [FieldOffset(16)] fixed uint _fastTrackPackets[2];
    [FieldOffset(24)] fixed ushort _fastTrackPacketsCarry[2];

    /// <summary>Number of its pair of lines in the flow cache, 0 for none.</summary>
    [FieldOffset(28)] public uint FlowPair;

    [FieldOffset(32)] public fixed ulong FastTrackBytes[2];

    /// <summary>Tick at which the second began that the rate is being measured in; 0 while no rule has asked for the rate.</summary>
    [FieldOffset(48)] public uint RateSince;

    /// <summary>Bytes of both directions at that tick, the low 32 bits: a second of 34 Gbit/s is told from none.</summary>
    [FieldOffset(52)] public uint RateFrom;

    /// <summary>Bytes of both directions in the second before.</summary>
    [FieldOffset(56)] public uint Rate;

    [FieldOffset(60)] uint _helper;

    /// <summary>Packets of a direction that were forwarded past tracking.</summary>
    public readonly ulong FastTrackPackets(int direction) => _fastTrackPackets[direction] | ((ulong)_fastTrackPacketsCarry[direction] << 32);

    /// <summary>Counts what was forwarded past tracking.</summary>
    public void AddFastTracked(int direction, ulong packets, ulong bytes)
    {
        ulong sum = FastTrackPackets(direction) + packets;
        _fastTrackPackets[direction] = (uint)sum;
        _fastTrackPacketsCarry[direction] = (ushort)(sum >> 32);
        FastTrackBytes[direction] += bytes;
    }

    /// <summary>Number of the <see cref="Helpers.HelperState"/> in this slab, 0 for none; below <see cref="MostHelperStates"/>.</summary>
    public uint HelperState
    {
        readonly get => _helper & (MostHelperStates - 1);
        set => _helper = (_helper & ~(MostHelperStates - 1)) | value;
    }

    /// <summary>The helper that reads this connection, or that expected it: its connection-type.</summary>
    public HelperKind Helper
    {
        readonly get => (HelperKind)(_helper >> 24);
        set => _helper = (_helper & (MostHelperStates - 1)) | ((uint)value << 24);
    }
}
