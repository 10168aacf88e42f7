using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Conntrack.Memory;
using Conntrack.Packets;

namespace Conntrack.Firewall.Lists;

/// <summary>An entry that a rule or a person added to an address list while the router ran.</summary>
/// <param name="List">Number of the list.</param>
/// <param name="IsIpv6">Its family.</param>
/// <param name="Address">Host order, IPv4 in the low 32 bits.</param>
/// <param name="ListedFor">How long.</param>
/// <param name="Deadline">Of <see cref="ListedFor.Time"/>: when it ends, <see cref="Timestamp"/>.</param>
public readonly record struct ListedAddress(ushort List, bool IsIpv6, UInt128 Address, ListedFor ListedFor, ulong Deadline);

/// <summary>
/// Dynamic entries of all address lists of a router, in one table of a fixed size that every worker reads and writes: what one adds the others
/// see with their next packet.
/// </summary>
/// <remarks>
/// <para>Sixteen places share a bucket, whose tags fill one cache line: an address in no list costs that line. A place is taken with one
/// compare-and-swap on its sequence, odd while it is written, and shown by its tag. A reader compares the sequence before and after, and takes
/// what changed meanwhile for not there: the writer's packet and its own are simultaneous.</para>
/// <para>An entry whose time is over counts as none and gives its place up when another one needs it. A bucket of sixteen living entries takes
/// no more; what is refused is counted. An attacker cannot choose a bucket, the hash is keyed.</para>
/// <code>
///   0 mask of buckets (4)   4 spare (4)   8 hash key (8)   16 added (8)   24 refused (8)   32 … 64 spare
///  64 tags (16 × 4 for each bucket)
///     entries (16 × 32 for each bucket): sequence (4), list (2), family (1), kind (1), deadline (8), address as it stands in the header (16)
/// </code></remarks>
[StructLayout(LayoutKind.Explicit, Size = 64)]
public unsafe struct ListedAddresses
{
    const int Ways = 16;

    [FieldOffset(0)] uint _mask;
    [FieldOffset(8)] ulong _key;

    /// <summary>Entries made, those made longer not counted.</summary>
    [FieldOffset(16)] public ulong Added;

    /// <summary>Entries that found no room.</summary>
    [FieldOffset(24)] public ulong Refused;

    [StructLayout(LayoutKind.Explicit, Size = 32)]
    struct Entry
    {
        [FieldOffset(0)] public uint Sequence;
        [FieldOffset(4)] public ushort List;
        [FieldOffset(6)] public PacketFamily Family;
        [FieldOffset(7)] public ListedFor ListedFor;
        [FieldOffset(8)] public ulong Deadline;
        [FieldOffset(16)] public ulong High;
        [FieldOffset(24)] public ulong Low;

        public readonly bool IsAlive(ulong now) => ListedFor switch
        {
            ListedFor.Nothing => false,
            ListedFor.Time => !IsOver(Deadline, now),
            _ => true,
        };
    }

    /// <summary>Bytes for so many entries, a power of two from 16 up.</summary>
    public static nuint Bytes(uint entries) => 64 + ((nuint)entries * (sizeof(uint) + 32));

    /// <summary>Of zeroed memory, aligned to a cache line.</summary>
    public static void Initialize(ListedAddresses* table, uint entries, ulong key)
    {
        table->_mask = (entries / Ways) - 1;
        table->_key = key;
    }

    /// <summary>Entries there is room for.</summary>
    public static uint Capacity(ListedAddresses* table) => (table->_mask + 1) * Ways;

    /// <summary>Whether an address is in a list.</summary>
    /// <param name="table">The table.</param>
    /// <param name="list">Number of the list.</param>
    /// <param name="family">Of the address.</param>
    /// <param name="address">As it stands in the header.</param>
    /// <param name="now"><see cref="Timestamp"/>.</param>
    public static bool Contains(ListedAddresses* table, ushort list, PacketFamily family, byte* address, ulong now)
    {
        (ulong high, ulong low) = Words(address, family);
        ulong hash = HashOf(table, list, family, high, low);
        return Find(table, hash, list, family, high, low, now) != null;
    }

    /// <summary>Lists an address, or lets it be listed as long as it would be from now on. False when there is no room for it.</summary>
    public static bool Add(ListedAddresses* table, ushort list, PacketFamily family, byte* address, ListedFor kind, uint ticks, ulong now)
    {
        (ulong high, ulong low) = Words(address, family);
        ulong hash = HashOf(table, list, family, high, low);
        ulong deadline = now + ((ulong)ticks << 16);
        Entry* there = Find(table, hash, list, family, high, low, now);
        if (there != null)
        {
            // Nothing shortens what is listed for good.
            if (there->ListedFor == ListedFor.Time && kind == ListedFor.Time)
            {
                Volatile.Write(ref there->Deadline, deadline);
                return true;
            }

            if (there->ListedFor >= kind)
            {
                return true;
            }

            Remove(table, list, family, address, now);
        }

        uint bucket = (uint)(hash >> 32) & table->_mask;
        uint* tags = Tags(table, bucket);
        Entry* entries = Entries(table, bucket);
        for (int i = 0; i < Ways; i++)
        {
            Entry* entry = entries + i;
            uint sequence = Volatile.Read(ref entry->Sequence);
            if ((sequence & 1) != 0 || entry->IsAlive(now)
                || Interlocked.CompareExchange(ref entry->Sequence, sequence + 1, sequence) != sequence)
            {
                continue;
            }

            *entry = new Entry
            {
                Sequence = sequence + 1, List = list, Family = family, ListedFor = kind, Deadline = deadline, High = high, Low = low,
            };
            Volatile.Write(ref entry->Sequence, sequence + 2);
            Volatile.Write(ref tags[i], TagOf(hash));
            Interlocked.Increment(ref table->Added);
            return true;
        }

        Interlocked.Increment(ref table->Refused);
        return false;
    }

    /// <summary>Ends an entry. False when there is none.</summary>
    public static bool Remove(ListedAddresses* table, ushort list, PacketFamily family, byte* address, ulong now)
    {
        (ulong high, ulong low) = Words(address, family);
        Entry* entry = Find(table, HashOf(table, list, family, high, low), list, family, high, low, now);
        if (entry == null)
        {
            return false;
        }

        uint sequence = Volatile.Read(ref entry->Sequence);
        if ((sequence & 1) != 0 || Interlocked.CompareExchange(ref entry->Sequence, sequence + 1, sequence) != sequence)
        {
            return false;
        }

        entry->ListedFor = ListedFor.Nothing;
        Volatile.Write(ref entry->Sequence, sequence + 2);
        return true;
    }

    /// <summary>Every entry that lives, for the control side; what changes meanwhile may be missing.</summary>
    public static List<ListedAddress> All(ListedAddresses* table, ulong now)
    {
        List<ListedAddress> all = [];
        for (uint bucket = 0; bucket <= table->_mask; bucket++)
        {
            for (int i = 0; i < Ways; i++)
            {
                Entry* entry = Entries(table, bucket) + i;
                uint sequence = Volatile.Read(ref entry->Sequence);
                Entry copy = *entry;
                if ((sequence & 1) == 0 && copy.IsAlive(now) && Volatile.Read(ref entry->Sequence) == sequence)
                {
                    bool isIpv6 = copy.Family == PacketFamily.Ipv6;
                    var address = new UInt128(
                        BinaryPrimitives.ReverseEndianness(copy.High),
                        BinaryPrimitives.ReverseEndianness(copy.Low));
                    all.Add(new(copy.List, isIpv6, isIpv6 ? address : address >> 96, copy.ListedFor, copy.Deadline));
                }
            }
        }

        return all;
    }

    /// <summary>Whether a time has come.</summary>
    internal static bool IsOver(ulong deadline, ulong now)
    {
        int ahead = (int)(Timestamp.Tick(deadline) - Timestamp.Tick(now));
        return ahead < 0 || (ahead == 0 && Timestamp.Phase(deadline) <= Timestamp.Phase(now));
    }

    static Entry* Find(ListedAddresses* table, ulong hash, ushort list, PacketFamily family, ulong high, ulong low, ulong now)
    {
        uint bucket = (uint)(hash >> 32) & table->_mask;
        uint* tags = Tags(table, bucket);
        var sought = Vector256.Create(TagOf(hash));
        uint same = Vector256.ExtractMostSignificantBits(
                Vector256.Equals(Vector256.Load(tags), sought))
            | (Vector256.ExtractMostSignificantBits(
                Vector256.Equals(Vector256.Load(tags + 8), sought)) << 8);
        for (; same != 0; same &= same - 1)
        {
            Entry* entry = Entries(table, bucket) + BitOperations.TrailingZeroCount(same);
            uint sequence = Volatile.Read(ref entry->Sequence);
            bool found = entry->List == list & entry->Family == family & entry->High == high & entry->Low == low && entry->IsAlive(now);
            if (found & (sequence & 1) == 0 && Volatile.Read(ref entry->Sequence) == sequence)
            {
                return entry;
            }
        }

        return null;
    }

    static (ulong High, ulong Low) Words(byte* address, PacketFamily family) =>
        family == PacketFamily.Ipv6 ? (*(ulong*)address, *(ulong*)(address + 8)) : (*(uint*)address, 0);

    static ulong HashOf(ListedAddresses* table, ushort list, PacketFamily family, ulong high, ulong low) =>
        Matching.KeyedHash.Of(table->_key, high, low, list | ((uint)family << 16));

    static uint TagOf(ulong hash) => (uint)hash | 1;

    static uint* Tags(ListedAddresses* table, uint bucket) => (uint*)((byte*)table + 64) + (bucket * Ways);

    static Entry* Entries(ListedAddresses* table, uint bucket) =>
        (Entry*)((byte*)table + 64 + (((nuint)table->_mask + 1) * Ways * sizeof(uint))) + (bucket * Ways);
}
