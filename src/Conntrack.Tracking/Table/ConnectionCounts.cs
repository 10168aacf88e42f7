using System.Runtime.InteropServices;
using Conntrack.Packets;

namespace Conntrack.Tracking.Table;

/// <summary>
/// How many connections are alive under a key, such as a rule and the network of their source: what connection-limit asks. One table for all
/// workers, of a fixed size; connections enter with the packet that asks and leave when they end.
/// </summary>
/// <remarks>
/// <para>Key and count are one word, so that a place is taken, counted up and down, and taken over once its count is 0, with one
/// compare-and-swap each. Eight words are a bucket and a cache line. Two workers that meet a new key at one moment may each take a place for
/// it: whoever counts adds both up.</para>
/// <para>What a connection is counted under it remembers in a list of places, <see cref="CountedPlaces"/>, that its extension names.</para>
/// <code>
///  0 mask of buckets (4)   8 refused (8)   16 … 64 spare   64 words (8 × 8 for each bucket): key (40 bits), count (24 bits)
/// </code></remarks>
[StructLayout(LayoutKind.Explicit, Size = HeaderBytes)]
public unsafe struct ConnectionCounts
{
    /// <summary>Stands for more than can be counted: there is no room for the key.</summary>
    public const uint NoRoom = uint.MaxValue;

    const int HeaderBytes = 64, Ways = 8, CountBits = 24;
    const ulong MostCount = (1ul << CountBits) - 1;

    [FieldOffset(0)] uint _mask;

    /// <summary>Connections that found no room.</summary>
    [FieldOffset(8)] public ulong Refused;

    /// <summary>Bytes for so many keys, a power of two from 8 up.</summary>
    public static nuint Bytes(uint keys) => HeaderBytes + ((nuint)keys * sizeof(ulong));

    /// <summary>Of zeroed memory, aligned to a cache line.</summary>
    public static void Initialize(ConnectionCounts* counts, uint keys) => counts->_mask = (keys / Ways) - 1;

    /// <summary>Connections counted under a key.</summary>
    /// <param name="counts">The table.</param>
    /// <param name="key">A secret hash, so that nobody can choose what shares a bucket.</param>
    public static uint Of(ConnectionCounts* counts, ulong key)
    {
        ulong sum = 0;
        ulong* bucket = BucketOf(counts, key);
        for (int way = 0; way < Ways; way++)
        {
            ulong word = Volatile.Read(ref bucket[way]);
            sum += word >> CountBits == key >> CountBits ? word & MostCount : 0;
        }

        return (uint)Math.Min(sum, NoRoom);
    }

    /// <summary>Counts a connection under a key until it ends, unless it is counted there already.</summary>
    /// <param name="counts">The table.</param>
    /// <param name="extensions">Of the connection's table.</param>
    /// <param name="connection">Alive, of the calling worker.</param>
    /// <param name="key">As above.</param>
    /// <returns>Connections under the key, this one included; <see cref="NoRoom"/> where it cannot be counted.</returns>
    public static uint Enter(ConnectionCounts* counts, ExtensionSlab* extensions, Connection* connection, ulong key)
    {
        if (connection->Extension == 0 && (connection->Extension = extensions->Take()) == 0)
        {
            return Refuse(counts);
        }

        ulong* words = Words(counts);
        Extension* extension = extensions->At(connection->Extension);
        for (uint number = extension->Counted; number != 0;)
        {
            CountedPlaces* list = (CountedPlaces*)extensions->At(number);
            for (uint i = 0; i < list->Count; i++)
            {
                if (words[list->Places[i]] >> CountBits == key >> CountBits && IsIn(counts, list->Places[i], key))
                {
                    return Of(counts, key);
                }
            }

            number = list->Next;
        }

        CountedPlaces* room = Room(extensions, extension);
        if (room == null || !TryCount(counts, key, out uint place))
        {
            return Refuse(counts);
        }

        room->Places[room->Count++] = place;
        return Of(counts, key);
    }

    /// <summary>Ends all that a connection is counted under. For one that has ended, or is over although its record stays.</summary>
    public static void Leave(ConnectionCounts* counts, ExtensionSlab* extensions, Extension* extension)
    {
        while (extension->Counted != 0)
        {
            uint number = extension->Counted;
            CountedPlaces* list = (CountedPlaces*)extensions->At(number);
            for (uint i = 0; i < list->Count; i++)
            {
                // While anybody is counted there the word is its key's: nobody else takes it over, and counts of one key are all alike.
                Interlocked.Decrement(ref Words(counts)[list->Places[i]]);
            }

            extension->Counted = list->Next;
            extensions->Give(number);
        }
    }

    /// <summary>Whether a connection is over although its record stays: TCP that both sides have closed, or one by force.</summary>
    public static bool IsOver(Connection* connection) =>
        connection->Protocol == IpProtocol.Tcp && (TcpState)connection->State is TcpState.TimeWait or TcpState.Close;

    static bool TryCount(ConnectionCounts* counts, ulong key, out uint place)
    {
        ulong* bucket = BucketOf(counts, key);
        for (int way = 0; way < Ways; way++)
        {
            ulong word = Volatile.Read(ref bucket[way]);
            while (word >> CountBits == key >> CountBits && (word & MostCount) is not 0 and not MostCount)
            {
                ulong seen = Interlocked.CompareExchange(ref bucket[way], word + 1, word);
                if (seen == word)
                {
                    place = (uint)(bucket + way - Words(counts));
                    return true;
                }

                word = seen;
            }
        }

        for (int way = 0; way < Ways; way++)
        {
            ulong word = Volatile.Read(ref bucket[way]);
            if ((word & MostCount) == 0 && Interlocked.CompareExchange(ref bucket[way], (key & ~MostCount) | 1, word) == word)
            {
                place = (uint)(bucket + way - Words(counts));
                return true;
            }
        }

        place = 0;
        return false;
    }

    /// <summary>The list with room for one more place, a new one in front if need be; null when there is no memory for it.</summary>
    static CountedPlaces* Room(ExtensionSlab* extensions, Extension* extension)
    {
        CountedPlaces* first = extension->Counted == 0 ? null : (CountedPlaces*)extensions->At(extension->Counted);
        if (first != null && first->Count < CountedPlaces.Most)
        {
            return first;
        }

        uint number = extensions->Take();
        if (number == 0)
        {
            return null;
        }

        CountedPlaces* list = (CountedPlaces*)extensions->At(number);
        list->Next = extension->Counted;
        extension->Counted = number;
        return list;
    }

    static uint Refuse(ConnectionCounts* counts)
    {
        Interlocked.Increment(ref counts->Refused);
        return NoRoom;
    }

    static bool IsIn(ConnectionCounts* counts, uint place, ulong key) => place / Ways == ((uint)key & counts->_mask);

    /// <summary>The low bits choose the bucket, which the key's word does not hold.</summary>
    static ulong* BucketOf(ConnectionCounts* counts, ulong key) => Words(counts) + ((nuint)((uint)key & counts->_mask) * Ways);

    static ulong* Words(ConnectionCounts* counts) => (ulong*)((byte*)counts + HeaderBytes);
}

/// <summary>Where a connection is counted, in the place of an extension.</summary>
/// <remarks><code>
///  0 next list (4)   4 places in use (4)   8 places (14 × 4)
/// 64
/// </code></remarks>
[StructLayout(LayoutKind.Explicit, Size = Extension.ByteSize)]
public unsafe struct CountedPlaces
{
    /// <summary>Places of one list.</summary>
    public const int Most = 14;

    [FieldOffset(0)] public uint Next;
    [FieldOffset(4)] public uint Count;
    [FieldOffset(8)] public fixed uint Places[Most];
}
