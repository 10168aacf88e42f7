using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Conntrack.Memory;
using Conntrack.Tracking.Table;

namespace Conntrack.Tracking.Helpers;

/// <summary>What became of an expectation that was to be entered.</summary>
public enum ExpectOutcome : byte
{
    Entered,

    /// <summary>Another connection's expectation waits at the same place.</summary>
    Clash,

    /// <summary>No room, or another worker was busy with it.</summary>
    Refused,
}

/// <summary>
/// The connections that are expected, one table in native memory for all workers: a data connection need not come to the worker of the control
/// connection that announced it.
/// </summary>
/// <remarks>
/// <para>Sets of eight by destination. Who takes one copies it and claims it with one compare-and-swap on its word, so two packets never have the same;
/// nobody waits. Who enters one holds the set's word while it looks for its like, and is refused when it does not get it at once.</para>
/// <para>An expectation ends with its deadline and with its master: whether that is still alive is read where it is needed, from the master's own record,
/// which stays mapped as long as there are workers.</para>
/// <code>
///    0 hash key (8)   8 count (4)   12 swept to (4)   16 spare (48)   64 holders of sets (256 × 4)   1088 expectations (2048 × 128)
/// </code>
/// </remarks>
[StructLayout(LayoutKind.Explicit, Size = EntriesOffset)]
public unsafe struct ExpectationTable
{
    /// <summary>Expectations there is room for.</summary>
    public const uint Capacity = Sets * Ways;

    /// <summary>Bytes of a table.</summary>
    public const uint ByteSize = EntriesOffset + (Capacity * Expectation.ByteSize);

    const uint Sets = 256, Ways = 8;
    const int EntriesOffset = 64 + ((int)Sets * sizeof(uint));

    /// <summary>States of a word: nobody's; being written; waiting for its connection.</summary>
    const uint Free = 0, Written = 1, Waiting = 2, StateBits = 3, NextLife = 4;

    const int TriesToHold = 64;

    [FieldOffset(0)] ulong _hashKey;

    /// <summary>Expectations that wait. While there is none, no first packet looks any further.</summary>
    [FieldOffset(8)] public uint Count;

    [FieldOffset(12)] uint _swept;
    [FieldOffset(64)] fixed uint _holders[(int)Sets];

    /// <summary>Makes a table of zeroed memory on a cache line.</summary>
    /// <param name="table"><see cref="ByteSize"/>.</param>
    /// <param name="hashKey">Secret, so that nobody can fill one set.</param>
    public static void Initialize(ExpectationTable* table, ulong hashKey) => table->_hashKey = hashKey | 1;

    /// <summary>Takes the expectation that a connection's first packet fulfils.</summary>
    /// <param name="table">The table.</param>
    /// <param name="first">Family, protocol, endpoints of the packet.</param>
    /// <param name="time">Of the packet.</param>
    /// <param name="taken">The expectation, not in the table any more.</param>
    public static bool TryTake(ExpectationTable* table, in Expectation first, ulong time, out Expectation taken)
    {
        Expectation* entry = At(table, 1 + (SetOf(table, first) * Ways));
        for (uint way = 0; way < Ways; way++, entry++)
        {
            uint word = Volatile.Read(ref entry->Word);
            if ((word & StateBits) != Waiting || !Fulfils(first, *entry) || !IsAlive(entry, time))
            {
                continue;
            }

            taken = *entry;
            bool stays = (taken.Marks & ExpectationMarks.Stays) != 0;
            uint next = stays ? word : (word & ~StateBits) + NextLife;
            if (Interlocked.CompareExchange(ref entry->Word, next, word) == word)
            {
                if (!stays)
                {
                    Interlocked.Decrement(ref table->Count);
                }

                return true;
            }
        }

        taken = default;
        return false;
    }

    /// <summary>Enters an expectation. One of the same master at the same place makes room for it.</summary>
    /// <param name="table">The table.</param>
    /// <param name="wanted">The expectation.</param>
    /// <param name="time">Now.</param>
    /// <param name="number">Its number, 0 for none.</param>
    public static ExpectOutcome Enter(ExpectationTable* table, in Expectation wanted, ulong time, out ushort number)
    {
        number = 0;
        uint set = SetOf(table, wanted);
        ref uint holder = ref table->_holders[set];
        for (int tries = 0; Interlocked.CompareExchange(ref holder, 1, 0) != 0; tries++)
        {
            if (tries == TriesToHold)
            {
                return ExpectOutcome.Refused;
            }
        }

        ExpectOutcome outcome = EnterHeld(table, 1 + (set * Ways), wanted, time, out number);
        Volatile.Write(ref holder, 0);
        return outcome;
    }

    /// <summary>
    /// Lets an expectation of this master that waits at a place wait on until another deadline, awake from now on. False when it is not there any more.
    /// </summary>
    public static bool Prolong(ExpectationTable* table, ushort number, Connection* master, UInt128 address, ushort port, uint deadline)
    {
        Expectation* entry = At(table, number);
        uint word = Volatile.Read(ref entry->Word);
        bool isIt = IsOf(entry, word, master) && entry->Dst == address && entry->DstPort == port;
        if (!isIt || Interlocked.CompareExchange(ref entry->Word, (word & ~StateBits) | Written, word) != word)
        {
            return false;
        }

        entry->Deadline = deadline;
        entry->Marks &= ~ExpectationMarks.Sleeps;
        Volatile.Write(ref entry->Word, word);
        return true;
    }

    /// <summary>Tells an expectation of this master which one it is the other half of.</summary>
    public static void Join(ExpectationTable* table, ushort number, Connection* master, ushort pair)
    {
        Expectation* entry = At(table, number);
        uint word = Volatile.Read(ref entry->Word);
        if (IsOf(entry, word, master) && Interlocked.CompareExchange(ref entry->Word, (word & ~StateBits) | Written, word) == word)
        {
            entry->Pair = pair;
            Volatile.Write(ref entry->Word, word);
        }
    }

    /// <summary>The other half of an expectation that was taken, if it waits still.</summary>
    public static bool TryFindPair(ExpectationTable* table, in Expectation taken, out Expectation pair)
    {
        pair = default;
        if (taken.Pair == 0)
        {
            return false;
        }

        Expectation* entry = At(table, taken.Pair);
        uint word = Volatile.Read(ref entry->Word);
        pair = *entry;
        return (word & StateBits) == Waiting
            && pair.Master == taken.Master && pair.MasterGeneration == taken.MasterGeneration
            && Interlocked.CompareExchange(ref entry->Word, word, word) == word;
    }

    static bool IsOf(Expectation* entry, uint word, Connection* master) =>
        (word & StateBits) == Waiting && entry->Master == master && entry->MasterGeneration == master->Generation;

    /// <summary>Gives up an expectation if it is still this master's.</summary>
    public static void Withdraw(ExpectationTable* table, ushort number, Connection* master)
    {
        Expectation* entry = At(table, number);
        uint word = Volatile.Read(ref entry->Word);
        if (IsOf(entry, word, master))
        {
            End(table, entry, word);
        }
    }

    /// <summary>Ends what has waited too long or lost its master, a slice of the table. One worker does that.</summary>
    public static void Sweep(ExpectationTable* table, ulong time)
    {
        const uint Slice = 64;
        for (uint n = 0; n < Slice; n++)
        {
            table->_swept = (table->_swept % Capacity) + 1;
            Expectation* entry = At(table, table->_swept);
            uint word = Volatile.Read(ref entry->Word);
            if ((word & StateBits) == Waiting && !IsAlive(entry, time))
            {
                End(table, entry, word);
            }
        }
    }

    static ExpectOutcome EnterHeld(ExpectationTable* table, uint first, in Expectation wanted, ulong time, out ushort number)
    {
        number = 0;
        uint room = 0, replaced = 0;
        for (uint n = first; n < first + Ways; n++)
        {
            Expectation* entry = At(table, n);
            uint word = Volatile.Read(ref entry->Word);
            if ((word & StateBits) == Waiting)
            {
                bool own = entry->Master == wanted.Master && entry->MasterGeneration == wanted.MasterGeneration;
                bool clashes = Clash(*entry, wanted);
                if (clashes && !own && IsAlive(entry, time))
                {
                    return ExpectOutcome.Clash;
                }

                if ((clashes && own) || !IsAlive(entry, time))
                {
                    End(table, entry, word);
                    replaced = clashes && own ? n : replaced;
                }
            }

            room = (Volatile.Read(ref entry->Word) & StateBits) == Free ? n : room;
        }

        // What is announced again keeps its number, which its master remembers.
        room = replaced != 0 ? replaced : room;
        if (room == 0)
        {
            return ExpectOutcome.Refused;
        }

        Expectation* free = At(table, room);
        uint life = free->Word & ~StateBits;
        Volatile.Write(ref free->Word, life | Written);
        Unsafe.CopyBlockUnaligned((byte*)free + sizeof(uint), (byte*)Unsafe.AsPointer(ref Unsafe.AsRef(in wanted)) + sizeof(uint), Expectation.ByteSize - sizeof(uint));
        Interlocked.Increment(ref table->Count);
        Volatile.Write(ref free->Word, life | Waiting);
        number = (ushort)room;
        return ExpectOutcome.Entered;
    }

    static void End(ExpectationTable* table, Expectation* entry, uint word)
    {
        if (Interlocked.CompareExchange(ref entry->Word, (word & ~StateBits) + NextLife, word) == word)
        {
            Interlocked.Decrement(ref table->Count);
        }
    }

    static bool Fulfils(in Expectation first, in Expectation entry) =>
        first.Family == entry.Family & first.Protocol == entry.Protocol & first.DstPort == entry.DstPort & first.Dst == entry.Dst
        && (entry.Marks & ExpectationMarks.Sleeps) == 0
        && ((entry.Marks & ExpectationMarks.HasSource) == 0 || first.Src == entry.Src)
        && ((entry.Marks & ExpectationMarks.HasSourcePort) == 0 || first.SrcPort == entry.SrcPort);

    /// <summary>Whether one packet could fulfil both.</summary>
    static bool Clash(in Expectation a, in Expectation b) =>
        a.Family == b.Family & a.Protocol == b.Protocol & a.DstPort == b.DstPort & a.Dst == b.Dst
        && ((a.Marks & b.Marks & ExpectationMarks.HasSource) == 0 || a.Src == b.Src)
        && ((a.Marks & b.Marks & ExpectationMarks.HasSourcePort) == 0 || a.SrcPort == b.SrcPort);

    static bool IsAlive(Expectation* entry, ulong time)
    {
        Connection* master = entry->Master;
        uint deadline = Volatile.Read(ref *entry->MasterDeadline);
        return (int)(Timestamp.Tick(time) - entry->Deadline) < 0
            && Volatile.Read(ref master->Generation) == entry->MasterGeneration
            && (master->Flags & ConnectionFlags.Dying) == 0
            && !(DeadlineArray.MayBeDue(deadline, time) && DeadlineArray.IsDue(deadline, master, time));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Expectation* At(ExpectationTable* table, uint number) => (Expectation*)((byte*)table + EntriesOffset) + (number - 1);

    static uint SetOf(ExpectationTable* table, in Expectation expectation)
    {
        ulong place = (ulong)expectation.Dst ^ (ulong)(expectation.Dst >> 64) ^ ((ulong)expectation.DstPort << 40) ^ ((ulong)expectation.Protocol << 56);

        // Twice: what one multiplication makes of ports in a row is a row of steps, and a key may be such that they all end in one set.
        ulong high = Math.BigMul(place ^ table->_hashKey, 0x9e37_79b9_7f4a_7c15, out ulong low);
        high = Math.BigMul(high ^ low, table->_hashKey, out low);
        return (uint)((high ^ low) >> 32) & (Sets - 1);
    }
}
