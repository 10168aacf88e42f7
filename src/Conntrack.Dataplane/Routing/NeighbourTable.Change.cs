using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;
using Conntrack.Packets;

namespace Conntrack.Dataplane.Routing;

/// <content>What changes the table: neighbours that come and go, states that follow one another.</content>
public unsafe partial struct NeighbourTable
{
    /// <summary>Times that a worker tries to become the writer: some microseconds, and a change takes a tenth of one.</summary>
    const int Tries = 128;

    /// <summary>Known neighbours that are compared when one has to give way.</summary>
    const int Sample = 64;

    /// <summary>
    /// The slot of a neighbour, a new one when it has none. 0 when there is no room or another worker kept writing.
    /// </summary>
    /// <param name="table">The table.</param>
    /// <param name="port">Interface it is on.</param>
    /// <param name="family">Its family.</param>
    /// <param name="address">16 bytes: network order, IPv4 in the first four, the rest zero.</param>
    /// <param name="word">What a new one begins as.</param>
    /// <param name="tick">Now.</param>
    /// <param name="most">Known neighbours at most: the one that was longest not used gives way to another.</param>
    public static ushort Add(NeighbourTable* table, ushort port, PacketFamily family, byte* address, ulong word, uint tick, uint most)
    {
        if (!TryClaim(table))
        {
            return 0;
        }

        ushort slot = Find(table, port, family, address);
        if (slot == 0)
        {
            slot = Make(table, port, family, address, word, tick, most);
        }

        Release(table);
        return slot;
    }

    /// <summary>Ends a neighbour, if it is the one meant still. False when another worker kept writing.</summary>
    public static bool Remove(NeighbourTable* table, ushort slot, uint life, uint tick)
    {
        if (!TryClaim(table))
        {
            return false;
        }

        NeighbourEntry* entry = At(table, slot);
        if (entry->Life == life && NeighbourEntry.StateOf(entry->Word) != NeighbourState.None)
        {
            End(table, slot, tick);
        }

        Release(table);
        return true;
    }

    /// <summary>Changes a neighbour's word from what it was when it was read. False when somebody else has changed it since.</summary>
    public static bool Change(NeighbourTable* table, ushort slot, ulong before, ulong after, uint tick)
    {
        NeighbourEntry* entry = At(table, slot);
        bool wasUsable = NeighbourEntry.IsUsable(before), isUsable = NeighbourEntry.IsUsable(after);
        if (isUsable)
        {
            entry->WasUsable = 1;
        }

        if (Interlocked.CompareExchange(ref entry->Word, NeighbourEntry.SameLife(after, before), before) != before)
        {
            return false;
        }

        entry->Changed = tick;
        if (wasUsable != isUsable)
        {
            Interlocked.Add(ref table->Known, isUsable ? 1u : uint.MaxValue);
        }

        if (!wasUsable & NeighbourEntry.StateOf(after) != NeighbourState.Incomplete)
        {
            Interlocked.Increment(ref table->Turns);
        }

        return true;
    }

    /// <summary>A neighbour that was known does not answer any more.</summary>
    public static bool Fail(NeighbourTable* table, ushort slot, ulong before, uint tick)
    {
        if (!TryClaim(table))
        {
            return false;
        }

        bool failed = Change(table, slot, before, NeighbourEntry.WordOf(0, NeighbourState.Failed), tick);
        if (failed)
        {
            Queue(table, slot, tick);
        }

        Release(table);
        return failed;
    }

    /// <summary>
    /// Between bursts, seldom: slots that rested become free, and those that were given up since begin to rest. Whoever remembers them asks
    /// again from its next burst on.
    /// </summary>
    /// <param name="table">The table.</param>
    /// <param name="tick">Now.</param>
    /// <param name="rest">Ticks until every worker has begun another burst.</param>
    public static void Turn(NeighbourTable* table, uint tick, uint rest)
    {
        if ((table->_firstRetired | table->_firstResting) == 0 || tick - table->_turnedAt < rest || !TryClaim(table))
        {
            return;
        }

        table->_turnedAt = tick;
        if (table->_firstResting != 0)
        {
            At(table, table->_lastResting)->Next = table->_firstFree;
            table->_firstFree = table->_firstResting;
            table->_free += table->_resting;
        }

        table->_firstResting = table->_firstRetired;
        table->_lastResting = table->_lastRetired;
        table->_resting = table->_retired;
        table->_retired = 0;
        if (table->_firstRetired != 0)
        {
            table->_firstRetired = 0;
            Interlocked.Increment(ref table->Recycled);
        }

        Release(table);
    }

    /// <summary>Becomes the one writer. False when another was it all the while.</summary>
    public static bool TryClaim(NeighbourTable* table)
    {
        for (int attempt = 0; attempt < Tries; attempt++)
        {
            if (Interlocked.CompareExchange(ref table->Writer, 1, 0) == 0)
            {
                return true;
            }

            X86Base.Pause();
        }

        return false;
    }

    /// <summary>Ends what <see cref="TryClaim"/> began.</summary>
    public static void Release(NeighbourTable* table) => Volatile.Write(ref table->Writer, 0);

    static ushort Make(NeighbourTable* table, ushort port, PacketFamily family, byte* address, ulong word, uint tick, uint most)
    {
        bool isKnown = NeighbourEntry.IsUsable(word);
        if (!isKnown && table->_nextUnresolved - table->_oldestUnresolved == UnresolvedRoom(table))
        {
            GiveUpOldest(table, tick);
        }

        // Two, so that a limit that was lowered is reached.
        for (int n = 0; n < 2 && Volatile.Read(ref table->Known) >= most; n++)
        {
            Evict(table, tick);
        }

        ushort slot = table->_firstFree;
        if (slot == 0)
        {
            return 0;
        }

        NeighbourEntry* entry = At(table, slot);
        table->_firstFree = entry->Next;
        table->_free--;
        table->_highWater = Math.Max(table->_highWater, slot);
        entry->Life++;
        entry->Interface = port;
        entry->Family = family;
        *(ulong*)entry->Address = *(ulong*)address;
        *(ulong*)(entry->Address + 8) = *(ulong*)(address + 8);
        entry->Questions = 0;
        entry->WasUsable = isKnown ? (byte)1 : (byte)0;
        entry->IsRouter = 0;
        entry->Confirmed = tick;
        entry->Used = 0;
        entry->Asked = 0;
        entry->Changed = tick;
        entry->Waiting = 0;
        Volatile.Write(ref entry->Word, NeighbourEntry.SameLife(word, (ulong)entry->Life << 56));
        ushort* bucket = BucketOf(table, port, family, address);
        entry->Next = *bucket;
        Volatile.Write(ref *bucket, slot);
        table->Count++;
        if (isKnown)
        {
            Interlocked.Increment(ref table->Known);
        }
        else
        {
            Queue(table, slot, tick);
        }

        return slot;
    }

    /// <summary>The oldest of those that have not answered gives way; who waits for it learns that.</summary>
    static void GiveUpOldest(NeighbourTable* table, uint tick)
    {
        ulong oldest = table->_unresolved[table->_oldestUnresolved++ % UnresolvedRoom(table)];
        var slot = (ushort)oldest;
        NeighbourEntry* entry = At(table, slot);

        // It may have answered meanwhile, and then it is known and stays.
        if (entry->Life == (uint)(oldest >> 32) && NeighbourEntry.StateOf(entry->Word) is NeighbourState.Incomplete or NeighbourState.Failed)
        {
            End(table, slot, tick);
        }
    }

    /// <summary>One that has not been used for longest gives way, the oldest of a sample of those slots that ever had one.</summary>
    static void Evict(NeighbourTable* table, uint tick)
    {
        ushort oldest = 0;
        uint longest = 0;
        for (int step = 0; step < Sample; step++)
        {
            table->_hand = (table->_hand % table->_highWater) + 1;
            NeighbourEntry* entry = At(table, table->_hand);
            ulong word = Volatile.Read(ref entry->Word);
            if (!NeighbourEntry.IsUsable(word) || NeighbourEntry.StateOf(word) == NeighbourState.Permanent)
            {
                continue;
            }

            uint idle = entry->Used == 0 ? uint.MaxValue : tick - entry->Used;
            if (oldest == 0 || idle > longest)
            {
                oldest = (ushort)table->_hand;
                longest = idle;
            }
        }

        if (oldest != 0)
        {
            End(table, oldest, tick);
        }
    }

    static void End(NeighbourTable* table, ushort slot, uint tick)
    {
        NeighbourEntry* entry = At(table, slot);
        ulong word = Interlocked.Exchange(ref entry->Word, 0);
        entry->Changed = tick;
        ushort* link = BucketOf(table, entry->Interface, entry->Family, entry->Address);
        while (*link != slot)
        {
            link = &At(table, *link)->Next;
        }

        Volatile.Write(ref *link, entry->Next);
        table->Count--;
        if (NeighbourEntry.IsUsable(word))
        {
            Interlocked.Decrement(ref table->Known);
        }

        Interlocked.Increment(ref table->Turns);
        if (entry->WasUsable == 0)
        {
            entry->Next = table->_firstFree;
            table->_firstFree = slot;
            table->_free++;
            return;
        }

        entry->Next = 0;
        if (table->_firstRetired == 0)
        {
            table->_firstRetired = slot;
        }
        else
        {
            At(table, table->_lastRetired)->Next = slot;
        }

        table->_lastRetired = slot;
        table->_retired++;
    }

    /// <summary>One more that does not answer, behind all others.</summary>
    static void Queue(NeighbourTable* table, ushort slot, uint tick)
    {
        if (table->_nextUnresolved - table->_oldestUnresolved == UnresolvedRoom(table))
        {
            GiveUpOldest(table, tick);
        }

        table->_unresolved[table->_nextUnresolved++ % UnresolvedRoom(table)] = slot | ((ulong)At(table, slot)->Life << 32);
    }

    /// <summary>An eighth of a small table; a power of two, for the counts wrap.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static uint UnresolvedRoom(NeighbourTable* table) =>
        Math.Min(MostUnresolved, System.Numerics.BitOperations.RoundUpToPowerOf2(Math.Max(1, table->Capacity / 8)));
}
