using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Conntrack.Tracking;

/// <summary>
/// What a connection knows apart from its addresses: the last 104 bytes of <see cref="Connection4"/> and <see cref="Connection6"/>,
/// placed so that the second half always begins a cache line. State machines, counters and rules work on this alone and never ask
/// for the family.
/// </summary>
/// <remarks><code>
/// first half: 40 bytes, the end of the line that holds tuples or ports
///   0 protocol   1 state      2 zone (2)       4 flags (2)       6 connection-mark (2)
///   8 record generation (2)  10 refresh phase (2)               12 edition (4)
///  16 cached path orig (2)   18 repl (2)      20 next hop orig (2)   22 repl (2)
///  24 extension (4)          28 start tick (4)
///  32 creation (4)           36 TCP/SCTP/DCCP, see the protocol's own file (4)
/// second half: 64 bytes, one line of its own
///  40 TCP/SCTP/DCCP (44)
///  84 packets orig (4)       88 packets repl (4)
///  92 bytes orig (6)         98 bytes repl (6)
/// 104
/// </code></remarks>
[StructLayout(LayoutKind.Explicit, Size = ByteSize)]
public unsafe struct Connection
{
    /// <summary>Bytes of this struct.</summary>
    public const int ByteSize = 104;

    /// <summary>Where the second half, a cache line of its own, begins.</summary>
    public const int FlowOffset = 40;

    [FieldOffset(0)] public byte Protocol;

    /// <summary>State of the protocol's own machine: for TCP a <see cref="TcpState"/>.</summary>
    [FieldOffset(1)] public byte State;

    [FieldOffset(2)] public ushort Zone;
    [FieldOffset(4)] public ConnectionFlags Flags;

    /// <summary>Interned name of the connection-mark, 0 for none.</summary>
    [FieldOffset(6)] public ushort Mark;

    /// <summary>Odd while the record is in use; a reader that finds it changed has read two connections.</summary>
    [FieldOffset(8)] public ushort Generation;

    /// <summary>Microseconds within the tick in which the deadline was last set, see <see cref="Conntrack.Memory.Timestamp"/>.</summary>
    [FieldOffset(10)] public ushort RefreshPhase;

    /// <summary>Rules and routes that the cached paths and next hops belong to.</summary>
    [FieldOffset(12)] public uint Edition;

    [FieldOffset(16)] public fixed ushort Path[2];

    /// <summary>Neighbour that packets of a direction are sent to, 0 while it is not known.</summary>
    [FieldOffset(20)] public fixed ushort NextHop[2];

    /// <summary>Number of the record in the extension slab, 0 for none.</summary>
    [FieldOffset(24)] public uint Extension;

    /// <summary>Tick of creation.</summary>
    [FieldOffset(28)] public uint StartTick;

    /// <summary>Number of the packet that created it: orders connections of one tick.</summary>
    [FieldOffset(32)] public uint Creation;

    [FieldOffset(84)] public fixed uint Packets[2];

    /// <summary>
    /// Adds one packet to a direction. True when the 32-bit packet or the 48-bit byte counter wrapped: the caller carries it into the extension.
    /// </summary>
    /// <param name="connection">The connection.</param>
    /// <param name="direction">0 original, 1 reply.</param>
    /// <param name="bytes">Bytes from the IP header on.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool Count(Connection* connection, int direction, uint bytes)
    {
        // The six-byte counter is the upper three quarters of an unaligned word whose low 16 bits belong to its neighbour:
        // adding a multiple of 2^16 leaves them as they are, and a carry out of the word is the counter's own wrap.
        ulong* counter = ByteCounter(connection, direction);
        ulong before = *counter;
        ulong after = before + ((ulong)bytes << 16);
        *counter = after;
        uint packets = ++connection->Packets[(uint)direction];
        return packets == 0 || after < before;
    }

    /// <summary>The 48-bit byte counter of a direction.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Bytes(Connection* connection, int direction) => *ByteCounter(connection, direction) >> 16;

    /// <summary>Sets the 48-bit byte counter of a direction; its neighbour stays as it is.</summary>
    public static void SetBytes(Connection* connection, int direction, ulong bytes)
    {
        ulong* counter = ByteCounter(connection, direction);
        *counter = (bytes << 16) | (ushort)*counter;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static ulong* ByteCounter(Connection* connection, int direction) => (ulong*)((byte*)connection + 90 + (6 * (nuint)(uint)direction));
}
