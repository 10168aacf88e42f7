using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Conntrack.Packets;

namespace Conntrack.Dataplane.Routing;

/// <summary>What is known of a neighbour, RFC 4861 7.3.2 for both families.</summary>
public enum NeighbourState : byte
{
    /// <summary>The slot is empty.</summary>
    None = 0,

    /// <summary>Asked for, not answered yet.</summary>
    Incomplete = 1,

    /// <summary>Confirmed within its time.</summary>
    Reachable = 2,

    /// <summary>Known, and not confirmed lately: used, and asked again when used.</summary>
    Stale = 3,

    /// <summary>Used while stale; a question follows unless something confirms it.</summary>
    Delay = 4,

    /// <summary>Being asked again; still used.</summary>
    Probe = 5,

    /// <summary>Asked in vain.</summary>
    Failed = 6,

    /// <summary>Configured; never asked, never forgotten.</summary>
    Permanent = 7,
}

/// <summary>One neighbour, in one cache line.</summary>
/// <remarks><code>
///  0 MAC (6)   6 state (1)   7 life (1)           the word: what a packet needs, read and written at once
///  8 interface (2)   10 family (1)   11 questions (1)   12 next in chain (2)   14 was usable (1)   15 router (1)   16 address (16)
/// 32 confirmed (4)   36 used (4)   ticks          40 asked (8)   timestamp
/// 48 changed (4)   52 life (4)   56 waiting (4)   60 spare (4)
/// 64
/// </code></remarks>
[StructLayout(LayoutKind.Explicit, Size = ByteSize)]
public unsafe struct NeighbourEntry
{
    public const int ByteSize = 64;

    /// <summary>Ticks after which <see cref="Used"/> is written again: the line is every worker's, and seconds are fine enough.</summary>
    const uint UsedSteps = 100;

    const ulong MacBits = (1ul << 48) - 1;

    const uint Usable = (1u << (int)NeighbourState.Reachable) | (1u << (int)NeighbourState.Stale) | (1u << (int)NeighbourState.Delay)
        | (1u << (int)NeighbourState.Probe) | (1u << (int)NeighbourState.Permanent);

    /// <summary>MAC address as it stands in a frame in bytes 0 to 5, <see cref="NeighbourState"/> in byte 6, the lowest byte of <see cref="Life"/> in byte 7.</summary>
    [FieldOffset(0)] public ulong Word;

    [FieldOffset(8)] public ushort Interface;
    [FieldOffset(10)] public PacketFamily Family;

    /// <summary>Questions asked since somebody answered.</summary>
    [FieldOffset(11)] public byte Questions;

    [FieldOffset(12)] public ushort Next;

    /// <summary>1: packets may have been sent to it, so workers may remember the slot.</summary>
    [FieldOffset(14)] public byte WasUsable;

    /// <summary>1: it says that it is a router (RFC 4861 4.4).</summary>
    [FieldOffset(15)] public byte IsRouter;

    /// <summary>Network order, IPv4 in the first four bytes, the rest zero.</summary>
    [FieldOffset(16)] public fixed byte Address[16];

    /// <summary>Tick when it was last known to be there.</summary>
    [FieldOffset(32)] public uint Confirmed;

    /// <summary>Tick when a packet was last sent to it, some ticks inexact; 0 for never.</summary>
    [FieldOffset(36)] public uint Used;

    /// <summary>When it was last asked, <see cref="Memory.Timestamp"/>.</summary>
    [FieldOffset(40)] public ulong Asked;

    /// <summary>Tick of its latest change of state.</summary>
    [FieldOffset(48)] public uint Changed;

    /// <summary>Counts the neighbours that have had the slot: with the slot's number it names one of them for good.</summary>
    [FieldOffset(52)] public uint Life;

    /// <summary>Packets of all workers that wait for it.</summary>
    [FieldOffset(56)] public int Waiting;

    /// <summary>The state in a word.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static NeighbourState StateOf(ulong word) => (NeighbourState)(byte)(word >> 48);

    /// <summary>The MAC address in a word.</summary>
    public static ulong MacOf(ulong word) => word & MacBits;

    /// <summary>A word of both.</summary>
    public static ulong WordOf(ulong mac, NeighbourState state) => (mac & MacBits) | ((ulong)state << 48);

    /// <summary>A word with the life of another, so that a word of one neighbour is never taken for that of the slot's next one.</summary>
    public static ulong SameLife(ulong word, ulong other) => (word & (ulong.MaxValue >> 8)) | (other & (0xfful << 56));

    /// <summary>Whether a word holds a MAC address that packets may be sent to.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool IsUsable(ulong word) => ((Usable >> (int)(byte)(word >> 48)) & 1) != 0;

    /// <summary>Asks for both halves of the key at once: interface and family as one number.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool Is(NeighbourEntry* entry, ushort port, PacketFamily family, byte* address) =>
        entry->Interface == port & entry->Family == family
        & *(ulong*)entry->Address == *(ulong*)address & *(ulong*)(entry->Address + 8) == *(ulong*)(address + 8);

    /// <summary>Notes that a packet goes there.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Use(NeighbourEntry* entry, uint tick)
    {
        if (tick - entry->Used >= UsedSteps)
        {
            entry->Used = tick;
        }
    }
}
