using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Conntrack.Packets;

namespace Conntrack.Dataplane.Routing;

/// <summary>
/// The neighbours of all interfaces and both families: one table in native memory for all workers. Neighbours are few and seldom change, so
/// workers share what they learn.
/// </summary>
/// <remarks>
/// <para>Reading takes nothing: a packet's path keeps a slot number and reads the slot's word, which is one load. A neighbour's state changes
/// with one compare-and-swap on its word. Whoever adds or removes a neighbour claims <see cref="Writer"/> first, tries that for a moment, and
/// leaves it when another has it: no worker waits for one that may have lost its CPU.</para>
/// <para>A slot number is good as long as <see cref="Recycled"/> does not change, which is part of the edition that everything cached goes by.
/// A slot that packets may have been sent to rests when it loses its neighbour: unusable at once, it still says whom it was; then
/// <see cref="Recycled"/> counts up, for all resting slots together; and when every worker has begun another burst, it can get another
/// neighbour. A reader in the middle of a chain may be led into another one; the key tells, and chains are short.</para>
/// <para>What is not resolved is bounded apart from what is, and makes room for its like alone, the oldest first: a scan of an empty network
/// neither pushes out a known neighbour nor takes more memory.</para>
/// <code>
///    0 capacity (4)   4 buckets less one (4)   8 entries' offset (4)   12 spare (4)   16 hash key (8)   24 spare (40)
///   64 recycled (4)  68 turns (4)   72 spare (56)
///  128 writer (4)  132 count (4)  136 known (4)  140 hand (4)  144 oldest unresolved (4)  148 next unresolved (4)
///  152 first free (2)  154 first retired (2)  156 last retired (2)  158 first resting (2)  160 last resting (2)  162 spare (2)
///  164 turned at (4)  168 free (4)  172 high water (4)  176 resting (4)  180 retired (4)  184 spare (8)
///  192 unresolved: slot (2), spare (2), life (4) × 1024
/// 8384 buckets: first slot of each chain (2 each) · entries (64 each), number 0 is nobody
/// </code></remarks>
[StructLayout(LayoutKind.Explicit, Size = ByteSize)]
public unsafe partial struct NeighbourTable
{
    /// <summary>Bytes before the buckets.</summary>
    public const int ByteSize = 192 + (MostUnresolved * 8);

    /// <summary>Slots at most: numbers are 16 bits, and 0 is nobody.</summary>
    public const uint MostSlots = 65_535;

    /// <summary>Neighbours at most that have not answered.</summary>
    public const int MostUnresolved = 1024;

    const int LongestChain = 64;

    [FieldOffset(0)] public uint Capacity;
    [FieldOffset(4)] public uint BucketMask;
    [FieldOffset(8)] uint _entries;
    [FieldOffset(16)] public ulong HashKey;

    /// <summary>Counts up whenever slots that packets were sent to are about to change hands.</summary>
    [FieldOffset(64)] public uint Recycled;

    /// <summary>Counts up whenever a neighbour that was asked has answered, failed or been given up: who waits looks then.</summary>
    [FieldOffset(68)] public uint Turns;

    /// <summary>1 while somebody adds or removes.</summary>
    [FieldOffset(128)] public uint Writer;

    /// <summary>Slots in use.</summary>
    [FieldOffset(132)] public uint Count;

    /// <summary>Those of them that packets can be sent to.</summary>
    [FieldOffset(136)] public uint Known;

    [FieldOffset(140)] uint _hand;
    [FieldOffset(144)] uint _oldestUnresolved;
    [FieldOffset(148)] uint _nextUnresolved;
    [FieldOffset(152)] ushort _firstFree;
    [FieldOffset(154)] ushort _firstRetired;
    [FieldOffset(156)] ushort _lastRetired;
    [FieldOffset(158)] ushort _firstResting;
    [FieldOffset(160)] ushort _lastResting;
    [FieldOffset(164)] uint _turnedAt;
    [FieldOffset(168)] uint _free;
    [FieldOffset(172)] uint _highWater;
    [FieldOffset(176)] uint _resting;
    [FieldOffset(180)] uint _retired;
    [FieldOffset(192)] fixed ulong _unresolved[MostUnresolved];

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
        table->_entries = (uint)EntriesOffset(Buckets(capacity));
        table->HashKey = hashKey | 1;
        for (uint slot = 1; slot <= capacity; slot++)
        {
            At(table, slot)->Next = (ushort)(slot == capacity ? 0 : slot + 1);
        }

        table->_firstFree = 1;
        table->_free = capacity;
    }

    /// <summary>The highest slot that ever had a neighbour.</summary>
    public static uint HighWater(NeighbourTable* table) => Volatile.Read(ref table->_highWater);

    /// <summary>Whether less than an eighth of the slots are free, while others rest.</summary>
    public static bool IsShort(NeighbourTable* table) => Volatile.Read(ref table->_free) < table->Capacity / 8;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static NeighbourEntry* At(NeighbourTable* table, uint slot) => (NeighbourEntry*)((byte*)table + table->_entries) + slot;

    /// <summary>The word of a slot now.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong WordOf(NeighbourTable* table, uint slot) => Volatile.Read(ref At(table, slot)->Word);

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
            if (NeighbourEntry.Is(entry, port, family, address) && NeighbourEntry.StateOf(Volatile.Read(ref entry->Word)) != NeighbourState.None)
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
