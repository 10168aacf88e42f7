using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Conntrack.Dataplane.Routing;

/// <summary>
/// Which port of a bridge a station is behind (IEEE 802.1Q 8.8): one table in native memory for all workers. A station is one word, its MAC
/// address and the port, read and written at once; when it was heard last stands beside it. No lock: a worker that loses to another writes
/// the next time.
/// </summary>
/// <remarks>
/// A station that moves is learned at its new port with its first frame. When all eight places of a set are taken, the one silent for longest
/// gives way, so a flood of made-up addresses costs others no more than frames sent to every port.
/// <code>
///  0 set mask (4)   4 spare (4)   8 hash key (8)   16 … 64 spare
/// 64 sets of 128 bytes: words (8 × 8): MAC in bytes 0 to 5 as it stands in a frame, port (2) · ticks (8 × 4) · spare (32)
/// </code></remarks>
[StructLayout(LayoutKind.Explicit, Size = ByteSize)]
public unsafe struct StationTable
{
    /// <summary>Bytes before the sets.</summary>
    public const int ByteSize = 64;

    const int SetSize = 128, Places = 8, TicksOffset = 64;

    /// <summary>A tick is written again when it is so much older: a busy station's line stays in every worker's cache.</summary>
    const uint Grain = Memory.Timestamp.TicksPerSecond;

    const ulong MacMask = 0xffff_ffff_ffff;

    [FieldOffset(0)] uint _setMask;
    [FieldOffset(8)] ulong _hashKey;

    /// <summary>Bytes of a table for at least so many stations.</summary>
    public static nuint Bytes(uint stations) => ByteSize + (Sets(stations) * (nuint)SetSize);

    /// <summary>Makes a table of zeroed memory.</summary>
    public static void Initialize(StationTable* table, uint stations, ulong hashKey)
    {
        table->_setMask = Sets(stations) - 1;
        table->_hashKey = hashKey | 1;
    }

    /// <summary>A frame came from a station.</summary>
    /// <param name="table">The table.</param>
    /// <param name="hints">The worker's.</param>
    /// <param name="mac">Its address in the low six bytes, as it stands in a frame.</param>
    /// <param name="port">Where the frame came in.</param>
    /// <param name="tick">Now.</param>
    public static void Learn(StationTable* table, StationHint* hints, ulong mac, ushort port, uint tick)
    {
        byte* set = SetOf(table, mac);
        ulong word = (mac & MacMask) | ((ulong)port << 48);
        int place = 0;
        uint oldest = 0;
        for (int i = 0; i < Places; i++)
        {
            ulong there = Volatile.Read(ref *WordAt(set, i));
            if ((there & MacMask) == (mac & MacMask))
            {
                if (there != word)
                {
                    Volatile.Write(ref *WordAt(set, i), word);
                }

                if (tick - *TickAt(set, i) >= Grain)
                {
                    *TickAt(set, i) = tick;
                }

                *StationHint.Of(hints, mac) = HintOf(set, i);
                return;
            }

            uint age = there == 0 ? uint.MaxValue : tick - *TickAt(set, i);
            if (age > oldest)
            {
                oldest = age;
                place = i;
            }
        }

        *TickAt(set, place) = tick;
        Volatile.Write(ref *WordAt(set, place), word);
        *StationHint.Of(hints, mac) = HintOf(set, place);
    }

    /// <summary>
    /// Whether a station was heard at the port a moment ago: <see cref="Learn"/> has nothing to write then.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool IsHeard(StationHint* hints, ulong mac, ushort port, uint tick)
    {
        StationHint* hint = StationHint.Of(hints, mac);
        return Volatile.Read(ref *hint->Word) == (mac | ((ulong)port << 48)) && tick - *hint->Tick < Grain;
    }

    /// <summary>The port that a station was heard at within its time; <see cref="Packets.Packet.NoInterface"/> when nobody knows.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ushort Find(StationTable* table, StationHint* hints, ulong mac, uint tick, uint lifetime)
    {
        ushort port = Recall(hints, mac, tick, lifetime);
        return port != Packets.Packet.NoInterface ? port : FindAfresh(table, hints, mac, tick, lifetime);
    }

    /// <summary>As <see cref="Find"/>, of a station that the worker's own hint leads to; else <see cref="Packets.Packet.NoInterface"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ushort Recall(StationHint* hints, ulong mac, uint tick, uint lifetime)
    {
        StationHint* hint = StationHint.Of(hints, mac);
        ulong there = Volatile.Read(ref *hint->Word);
        return ((there ^ mac) & MacMask) == 0 && there != 0 && tick - *hint->Tick <= lifetime ? (ushort)(there >> 48) : Packets.Packet.NoInterface;
    }

    /// <summary>Hints that lead to a place of the table which no station is at before it is the right one.</summary>
    public static void Initialize(StationHint* hints, StationTable* table)
    {
        for (int n = 0; n < StationHint.Count; n++)
        {
            hints[n] = HintOf((byte*)table + ByteSize, 0);
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    static ushort FindAfresh(StationTable* table, StationHint* hints, ulong mac, uint tick, uint lifetime)
    {
        byte* set = SetOf(table, mac);
        for (int i = 0; i < Places; i++)
        {
            ulong there = Volatile.Read(ref *WordAt(set, i));
            if (there != 0 && ((there ^ mac) & MacMask) == 0)
            {
                *StationHint.Of(hints, mac) = HintOf(set, i);
                return tick - *TickAt(set, i) <= lifetime ? (ushort)(there >> 48) : Packets.Packet.NoInterface;
            }
        }

        return Packets.Packet.NoInterface;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static byte* SetOf(StationTable* table, ulong mac)
    {
        // Twice: what one multiplication makes of addresses in a row is a row of steps, and a key may be such that they all end in one set.
        ulong high = Math.BigMul((mac & MacMask) ^ table->_hashKey, 0x9e37_79b9_7f4a_7c15, out ulong low);
        high = Math.BigMul(high ^ low, table->_hashKey, out low);
        return (byte*)table + ByteSize + ((uint)((high ^ low) >> 20) & table->_setMask) * (nuint)SetSize;
    }

    static ulong* WordAt(byte* set, int place) => (ulong*)set + place;

    static uint* TickAt(byte* set, int place) => (uint*)(set + TicksOffset) + place;

    static StationHint HintOf(byte* set, int place) => new() { Word = WordAt(set, place), Tick = TickAt(set, place) };

    static uint Sets(uint stations) => Math.Max(16, BitOperations.RoundUpToPowerOf2(stations / Places * 2));
}

/// <summary>
/// Where in the <see cref="StationTable"/> a worker found a station last. It may be another one's place by now, or was always: the word there says
/// whose it is.
/// </summary>
[StructLayout(LayoutKind.Explicit, Size = 16)]
public unsafe struct StationHint
{
    /// <summary>Hints of a worker, by the last byte of the address.</summary>
    public const int Count = 64;

    [FieldOffset(0)] internal ulong* Word;
    [FieldOffset(8)] internal uint* Tick;

    /// <summary>The hint of an address, which it shares with others.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static StationHint* Of(StationHint* hints, ulong mac) => hints + ((uint)(mac >> 40) & (Count - 1));
}
