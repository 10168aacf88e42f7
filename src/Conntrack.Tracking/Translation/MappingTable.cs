using System.Numerics;
using System.Runtime.InteropServices;
using Conntrack.Memory;

namespace Conntrack.Tracking.Translation;

/// <summary>
/// Endpoint-independent mappings, one table in native memory for all workers: the connections of one client endpoint may belong to any of them.
/// Only first packets and ends of connections that a rule maps come here.
/// </summary>
/// <remarks>
/// <para>A mapping lives while a connection uses it: its word counts them, and whoever takes the last away ends it. Taking one is one
/// compare-and-swap, which fails when the mapping has ended meanwhile, for its life is in the word.</para>
/// <para>Making one takes two holders for a moment, of the set its client belongs to and of the set of its place outside, always in that order,
/// so that neither a client nor an endpoint outside is ever mapped twice. Who does not get a holder in a bounded number of tries goes on with
/// another port, or is refused; nobody waits for somebody who has been put to sleep.</para>
/// <para>A set that is full goes on in the three behind it; how far any of its mappings ever went is in its word. At most half of the room is
/// used, so that hardly any does. Memory is there from the first rule that maps on (<see cref="TryPrepare"/>), 74 bytes for each mapping there may be.</para>
/// <code>
///   0 hash key (8)   8 count (4)  12 most (4)  16 mappings (8)  24 places (8)  32 holders (8)  40 place holders (8)  48 mask of sets (4)
///  52 mask of place sets (4)  56 spare (8)  64 region (32)
/// 128
/// </code>
/// </remarks>
[StructLayout(LayoutKind.Explicit, Size = ByteSize)]
public unsafe struct MappingTable
{
    /// <summary>Bytes of this struct; what it points to comes on top.</summary>
    public const int ByteSize = 128;

    /// <summary>Mappings there are at most, of however many connections.</summary>
    public const uint MostMappings = 1 << 18;

    const uint FewestMappings = 64;

    /// <summary>Mappings of a set, four cache lines; numbers of a set of places, one.</summary>
    const uint Ways = 8, PlaceWays = 16;

    const uint MostSetsOn = 3;
    const int TriesToHold = 256;

    /// <summary>States of a word: nobody's; being written; in use; its last connection has ended.</summary>
    const ulong Free = 0, Written = 1, Live = 2, Ending = 3, StateBits = 3;

    const ulong OneUse = 4, UseBits = 0xffff_fffc, OneLife = 1ul << 32;

    /// <summary>Of a set's word: it is held; above it how far its mappings went.</summary>
    const uint Held = 1;
    const int FarShift = 1;

    [FieldOffset(0)] ulong _hashKey;
    [FieldOffset(8)] uint _count;
    [FieldOffset(12)] uint _most;
    [FieldOffset(16)] Mapping* _mappings;
    [FieldOffset(24)] uint* _places;
    [FieldOffset(32)] uint* _holders;
    [FieldOffset(40)] uint* _placeHolders;
    [FieldOffset(48)] uint _mask;
    [FieldOffset(52)] uint _placeMask;
    [FieldOffset(64)] ReservedRegion _region;

    /// <summary>Mappings in use.</summary>
    public uint Count => Volatile.Read(ref _count);

    /// <summary>Bytes committed to mappings and what finds them; 0 while no rule maps.</summary>
    public nuint CommittedBytes => _region.Committed;

    /// <summary>Makes a table without room of zeroed memory on a cache line.</summary>
    /// <param name="table"><see cref="ByteSize"/>.</param>
    /// <param name="hashKey">Secret, so that nobody can fill one set.</param>
    /// <param name="connections">There may be at one time: there are never more mappings.</param>
    public static void Initialize(MappingTable* table, ulong hashKey, uint connections)
    {
        table->_hashKey = hashKey | 1;
        table->_most = BitOperations.RoundUpToPowerOf2(Math.Clamp(connections, FewestMappings, MostMappings));
    }

    /// <summary>Makes room before the first rule that maps is in force. The control thread's; once is enough.</summary>
    /// <returns>False when the machine has not enough memory.</returns>
    public static bool TryPrepare(MappingTable* table)
    {
        if (table->_mappings != null)
        {
            return true;
        }

        nuint slots = (nuint)table->_most * 2;
        nuint sets = slots / Ways, placeSets = slots / PlaceWays;
        nuint bytes = (slots * (Mapping.ByteSize + sizeof(uint))) + ((sets + placeSets) * sizeof(uint));
        if (!ReservedRegion.TryReserve(&table->_region, bytes) || !table->_region.Commit(bytes))
        {
            table->_region.Release();
            return false;
        }

        table->_places = (uint*)(table->_region.Base + (slots * Mapping.ByteSize));
        table->_holders = table->_places + slots;
        table->_placeHolders = table->_holders + sets;
        table->_mask = (uint)sets - 1;
        table->_placeMask = (uint)placeSets - 1;
        Volatile.Write(ref *(nint*)&table->_mappings, (nint)table->_region.Base);
        return true;
    }

    /// <summary>Gives its memory back. Every worker must have stopped.</summary>
    public static void Dispose(MappingTable* table)
    {
        table->_region.Release();
        table->_mappings = null;
        table->_count = 0;
    }

    /// <summary>Whether an endpoint outside stands for a client.</summary>
    public static bool IsMapped(MappingTable* table, uint outside, ushort outsidePort) =>
        table->Count != 0 && FindOutside(table, outside, outsidePort, out _) != 0;

    /// <summary>Counts one more connection of a client's mapping to an address outside.</summary>
    /// <param name="table">The table.</param>
    /// <param name="inside">The client.</param>
    /// <param name="insidePort">Its port.</param>
    /// <param name="outside">The address it is to have outside: each has mappings of its own.</param>
    /// <param name="outsidePort">The port it has there.</param>
    /// <returns>The mapping's number, to be given to <see cref="Release"/>; 0 when there is none.</returns>
    public static uint TakeByInside(MappingTable* table, uint inside, ushort insidePort, uint outside, out ushort outsidePort)
    {
        outsidePort = 0;
        if (table->Count == 0)
        {
            return 0;
        }

        uint number = FindInside(table, SetOf(table, inside, insidePort, outside), inside, insidePort, outside, out ulong word);
        if (number == 0)
        {
            return 0;
        }

        outsidePort = At(table, number)->OutsidePort;
        return TryUse(table, number, word) ? number : 0;
    }

    /// <summary>Counts one more connection of the mapping that an endpoint outside is.</summary>
    /// <returns>The mapping's number, to be given to <see cref="Release"/>; 0 when there is none.</returns>
    public static uint TakeByOutside(MappingTable* table, uint outside, ushort outsidePort, out uint inside, out ushort insidePort)
    {
        inside = insidePort = 0;
        ulong word = 0;
        uint number = table->Count == 0 ? 0 : FindOutside(table, outside, outsidePort, out word);
        if (number == 0)
        {
            return 0;
        }

        inside = At(table, number)->Inside;
        insidePort = At(table, number)->InsidePort;
        return TryUse(table, number, word) ? number : 0;
    }

    /// <summary>Makes a mapping and counts its first connection.</summary>
    /// <param name="table">The table.</param>
    /// <param name="inside">The client.</param>
    /// <param name="insidePort">Its port.</param>
    /// <param name="outside">What is to stand for it.</param>
    /// <param name="outsidePort">The port of that.</param>
    /// <param name="number">The mapping's number where it was made.</param>
    public static MapOutcome Make(MappingTable* table, uint inside, ushort insidePort, uint outside, ushort outsidePort, out uint number)
    {
        number = 0;
        if (table->_mappings == null || table->Count >= table->_most)
        {
            return MapOutcome.Full;
        }

        uint set = SetOf(table, inside, insidePort, outside);
        uint* holder = table->_holders + set;
        if (!TryHold(holder))
        {
            return MapOutcome.PortTaken;
        }

        MapOutcome outcome = MakeHeld(table, set, inside, insidePort, outside, outsidePort, out number);
        Volatile.Write(ref *holder, *holder & ~Held);
        return outcome;
    }

    /// <summary>A connection of a mapping has ended; with the last of them the mapping does.</summary>
    public static void Release(MappingTable* table, uint number)
    {
        Mapping* mapping = At(table, number);
        ulong word = Volatile.Read(ref mapping->Word);
        while (true)
        {
            bool last = (word & UseBits) == OneUse;
            ulong next = last ? (word & ~(UseBits | StateBits)) | Ending : word - OneUse;
            ulong found = Interlocked.CompareExchange(ref mapping->Word, next, word);
            if (found == word)
            {
                if (last)
                {
                    End(table, mapping, next);
                }

                return;
            }

            word = found;
        }
    }

    static MapOutcome MakeHeld(
        MappingTable* table, uint set, uint inside, ushort insidePort, uint outside, ushort outsidePort, out uint number)
    {
        number = 0;
        if (FindInside(table, set, inside, insidePort, outside, out _) != 0)
        {
            return MapOutcome.Known;
        }

        Mapping* mapping = TakeFree(table, set, out uint free);
        if (mapping == null)
        {
            return MapOutcome.Full;
        }

        mapping->Inside = inside;
        mapping->InsidePort = insidePort;
        mapping->Outside = outside;
        mapping->OutsidePort = outsidePort;
        if (!TryPlace(table, mapping, free))
        {
            Volatile.Write(ref mapping->Word, (mapping->Word & ~StateBits) + OneLife);
            return MapOutcome.PortTaken;
        }

        // Counted before anybody can find it: who sees none looks no further.
        Interlocked.Increment(ref table->_count);
        Volatile.Write(ref mapping->Word, (mapping->Word & ~StateBits) | OneUse | Live);
        number = free;
        return MapOutcome.Made;
    }

    /// <summary>A mapping of nobody in a set or the next ones, held by being written.</summary>
    static Mapping* TakeFree(MappingTable* table, uint set, out uint number)
    {
        for (uint far = 0; far <= MostSetsOn; far++)
        {
            number = 1 + (((set + far) & table->_mask) * Ways);
            for (uint way = 0; way < Ways; way++, number++)
            {
                Mapping* mapping = At(table, number);
                ulong word = Volatile.Read(ref mapping->Word);
                if ((word & StateBits) == Free && Interlocked.CompareExchange(ref mapping->Word, word | Written, word) == word)
                {
                    uint* holder = table->_holders + set;
                    Volatile.Write(ref *holder, Math.Max(*holder >> FarShift, far) << FarShift | Held);
                    return mapping;
                }
            }
        }

        number = 0;
        return null;
    }

    /// <summary>Enters a mapping that is still being written at its endpoint outside. False when that is another's.</summary>
    static bool TryPlace(MappingTable* table, Mapping* mapping, uint number)
    {
        uint set = PlaceSetOf(table, mapping->Outside, mapping->OutsidePort);
        uint* holder = table->_placeHolders + set;
        if (!TryHold(holder))
        {
            return false;
        }

        uint place = uint.MaxValue;
        bool taken = false;
        for (uint way = 0; way < PlaceWays; way++)
        {
            uint at = (set * PlaceWays) + way;
            uint other = Volatile.Read(ref table->_places[at]);
            place = other == 0 ? at : place;

            // One that ends is still its endpoint's until it has left its place; one that is being written has claimed it.
            taken |= other != 0 && At(table, other)->Outside == mapping->Outside && At(table, other)->OutsidePort == mapping->OutsidePort;
        }

        bool placed = !taken & place != uint.MaxValue;
        if (placed)
        {
            mapping->Place = place;
            Volatile.Write(ref table->_places[place], number);
        }

        Volatile.Write(ref *holder, 0);
        return placed;
    }

    /// <summary>Nobody can use it any more: it leaves its place, and is nobody's.</summary>
    static void End(MappingTable* table, Mapping* mapping, ulong word)
    {
        Volatile.Write(ref table->_places[mapping->Place], 0);
        Interlocked.Decrement(ref table->_count);
        Volatile.Write(ref mapping->Word, (word & ~StateBits) + OneLife);
    }

    static uint FindInside(MappingTable* table, uint set, uint inside, ushort insidePort, uint outside, out ulong word)
    {
        uint far = Volatile.Read(ref table->_holders[set]) >> FarShift;
        for (uint on = 0; on <= far; on++)
        {
            uint number = 1 + (((set + on) & table->_mask) * Ways);
            for (uint way = 0; way < Ways; way++, number++)
            {
                Mapping* mapping = At(table, number);
                word = Volatile.Read(ref mapping->Word);
                if ((word & StateBits) == Live && mapping->Inside == inside & mapping->InsidePort == insidePort & mapping->Outside == outside)
                {
                    return number;
                }
            }
        }

        word = 0;
        return 0;
    }

    static uint FindOutside(MappingTable* table, uint outside, ushort outsidePort, out ulong word)
    {
        uint* places = table->_places + (PlaceSetOf(table, outside, outsidePort) * PlaceWays);
        for (uint way = 0; way < PlaceWays; way++)
        {
            uint number = Volatile.Read(ref places[way]);
            if (number == 0)
            {
                continue;
            }

            Mapping* mapping = At(table, number);
            word = Volatile.Read(ref mapping->Word);
            if ((word & StateBits) == Live && mapping->Outside == outside & mapping->OutsidePort == outsidePort)
            {
                return number;
            }
        }

        word = 0;
        return 0;
    }

    /// <summary>False when its last connection has ended since its word was read; other connections that came or went do not matter.</summary>
    static bool TryUse(MappingTable* table, uint number, ulong word)
    {
        Mapping* mapping = At(table, number);
        while (true)
        {
            ulong found = Interlocked.CompareExchange(ref mapping->Word, word + OneUse, word);
            if (found == word)
            {
                return true;
            }

            if ((found & StateBits) != Live || found >> 32 != word >> 32 || (found & UseBits) == UseBits)
            {
                return false;
            }

            word = found;
        }
    }

    static bool TryHold(uint* holder)
    {
        for (int tries = 0; tries < TriesToHold; tries++)
        {
            uint word = Volatile.Read(ref *holder);
            if ((word & Held) == 0 && Interlocked.CompareExchange(ref *holder, word | Held, word) == word)
            {
                return true;
            }

            Thread.SpinWait(1);
        }

        return false;
    }

    static Mapping* At(MappingTable* table, uint number) => table->_mappings + (number - 1);

    static uint SetOf(MappingTable* table, uint inside, ushort insidePort, uint outside) =>
        Mix(table, inside | ((ulong)outside << 32), insidePort) & table->_mask;

    static uint PlaceSetOf(MappingTable* table, uint outside, ushort outsidePort) => Mix(table, outside, outsidePort | (1ul << 16)) & table->_placeMask;

    static uint Mix(MappingTable* table, ulong addresses, ulong port)
    {
        ulong high = Math.BigMul(addresses ^ table->_hashKey, (port << 32) + table->_hashKey, out ulong low);
        high = Math.BigMul(high ^ low, table->_hashKey, out low);
        return (uint)((high ^ low) >> 32);
    }
}
