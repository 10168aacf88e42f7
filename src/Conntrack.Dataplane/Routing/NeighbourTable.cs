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
///  0 MAC (6)   6 state (1)   7 spare (1)          the word: what a packet needs, read and written at once
///  8 interface (2)   10 family (1)   11 probes sent (1)   12 next in chain (2)   14 waiting (2)   16 address (16)
/// 32 confirmed (4)   36 used (4)   40 asked (4)   44 created (4)   ticks
/// 48 spare (16)
/// 64
/// </code></remarks>
[StructLayout(LayoutKind.Explicit, Size = ByteSize)]
public unsafe struct NeighbourEntry
{
    public const int ByteSize = 64;

    /// <summary>MAC address as it stands in a frame in bytes 0 to 5, <see cref="NeighbourState"/> in byte 6.</summary>
    [FieldOffset(0)] public ulong Word;

    [FieldOffset(8)] public ushort Interface;
    [FieldOffset(10)] public PacketFamily Family;
    [FieldOffset(11)] public byte Probes;
    [FieldOffset(12)] public ushort Next;
    [FieldOffset(14)] public ushort Waiting;

    /// <summary>Network order, IPv4 in the first four bytes, the rest zero.</summary>
    [FieldOffset(16)] public fixed byte Address[16];

    [FieldOffset(32)] public uint Confirmed;
    [FieldOffset(36)] public uint Used;
    [FieldOffset(40)] public uint Asked;
    [FieldOffset(44)] public uint Created;

    /// <summary>The state in a word.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static NeighbourState StateOf(ulong word) => (NeighbourState)(byte)(word >> 48);

    /// <summary>Whether a word holds a MAC address that packets may be sent to.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool IsUsable(ulong word) => StateOf(word) is NeighbourState.Reachable or NeighbourState.Stale or NeighbourState.Delay
        or NeighbourState.Probe or NeighbourState.Permanent;

    /// <summary>Asks for both halves of the key at once: interface and family as one number.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool Is(NeighbourEntry* entry, ushort port, PacketFamily family, byte* address) =>
        entry->Interface == port & entry->Family == family
        & *(ulong*)entry->Address == *(ulong*)address & *(ulong*)(entry->Address + 8) == *(ulong*)(address + 8);
}

/// <summary>
/// The neighbours of all interfaces and both families: one table in native memory for all workers. Neighbours are few and seldom change, so
/// workers share what they learn.
/// </summary>
/// <remarks>
/// <para>Reading takes nothing: a packet's path keeps a slot number and reads the slot's word, which is one load. Whoever adds or removes a
/// slot claims <see cref="Writer"/> with one compare-and-swap and, when another has it, leaves it for the next packet: no worker waits.</para>
/// <para>A slot number is good as long as <see cref="Recycled"/> does not change: it counts up before a slot that packets were sent to gets
/// another neighbour, and is part of the edition that everything cached goes by. A reader in the middle of a chain may be led into another one; the
/// key tells, and chains are short.</para>
/// <code>
///   0 capacity (4)   4 buckets less one (4)   8 entries (4)   12 first free (2)   14 spare (2)   16 hash key (8)   24 spare (40)
///  64 recycled (4)   68 writer (4)   72 spare (56)
/// 128 buckets: first slot of each chain (2 each) · entries (64 each), number 0 is nobody
/// </code></remarks>
[StructLayout(LayoutKind.Explicit, Size = ByteSize)]
public unsafe struct NeighbourTable
{
    /// <summary>Bytes before the buckets.</summary>
    public const int ByteSize = 128;

    /// <summary>Slots at most: numbers are 16 bits, and 0 is nobody.</summary>
    public const uint MostSlots = 65_535;

    const int LongestChain = 64;

    [FieldOffset(0)] public uint Capacity;
    [FieldOffset(4)] public uint BucketMask;

    /// <summary>Slots in use.</summary>
    [FieldOffset(8)] public uint Count;

    [FieldOffset(12)] public ushort FirstFree;
    [FieldOffset(16)] public ulong HashKey;

    /// <summary>Counts up whenever a slot that packets were sent to changes hands.</summary>
    [FieldOffset(64)] public uint Recycled;

    /// <summary>1 while somebody adds or removes.</summary>
    [FieldOffset(68)] public uint Writer;

    /// <summary>Bytes of a table with room for so many neighbours.</summary>
    public static nuint Bytes(uint capacity) => EntriesOffset(Buckets(capacity)) + ((capacity + 1) * (nuint)NeighbourEntry.ByteSize);

    /// <summary>Makes a table of zeroed memory.</summary>
    /// <param name="table">At least <see cref="Bytes"/>.</param>
    /// <param name="capacity">1 to <see cref="MostSlots"/>.</param>
    /// <param name="hashKey">Secret: whoever knows it can make chains long.</param>
    public static void Initialize(NeighbourTable* table, uint capacity, ulong hashKey)
    {
        table->Capacity = capacity;
        table->BucketMask = Buckets(capacity) - 1;
        table->HashKey = hashKey | 1;
        for (uint slot = 1; slot <= capacity; slot++)
        {
            At(table, slot)->Next = (ushort)(slot == capacity ? 0 : slot + 1);
        }

        table->FirstFree = 1;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static NeighbourEntry* At(NeighbourTable* table, uint slot) =>
        (NeighbourEntry*)((byte*)table + EntriesOffset(table->BucketMask + 1)) + slot;

    /// <summary>The slot of a neighbour, 0 when it has none.</summary>
    /// <param name="table">The table.</param>
    /// <param name="port">Interface it is on.</param>
    /// <param name="family">Its family.</param>
    /// <param name="address">16 bytes: network order, IPv4 in the first four, the rest zero.</param>
    public static ushort Find(NeighbourTable* table, ushort port, PacketFamily family, byte* address)
    {
        ushort slot = Volatile.Read(ref *BucketOf(table, port, family, address));
        for (int steps = 0; slot != 0 && steps < LongestChain; steps++)
        {
            NeighbourEntry* entry = At(table, slot);
            if (NeighbourEntry.Is(entry, port, family, address))
            {
                return slot;
            }

            slot = Volatile.Read(ref entry->Next);
        }

        return 0;
    }

    /// <summary>The head of the chain that a neighbour is or would be in.</summary>
    public static ushort* BucketOf(NeighbourTable* table, ushort port, PacketFamily family, byte* address)
    {
        // Two multiplications by a secret odd number; whoever could aim at one chain would have to know it.
        ulong low = *(ulong*)address ^ (((ulong)port << 8) + (byte)family) * 0x9e3779b97f4a7c15;
        ulong product = Math.BigMul(low ^ table->HashKey, table->HashKey | 1, out ulong folded) ^ folded ^ *(ulong*)(address + 8);
        ulong high = Math.BigMul(product, table->HashKey | 1, out folded) ^ folded;
        return (ushort*)((byte*)table + ByteSize) + ((uint)(high >> 32) & table->BucketMask);
    }

    static uint Buckets(uint capacity) => Math.Max(64, System.Numerics.BitOperations.RoundUpToPowerOf2(capacity));

    static nuint EntriesOffset(uint buckets) => (ByteSize + (buckets * (nuint)sizeof(ushort)) + 63) & ~(nuint)63;
}
