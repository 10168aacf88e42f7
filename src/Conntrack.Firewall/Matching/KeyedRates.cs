using System.Runtime.InteropServices;
using Conntrack.Memory;

namespace Conntrack.Firewall.Matching;

/// <summary>Rates of a rule by address or port: dst-limit's buckets. Shared by all workers, of a fixed size.</summary>
/// <remarks>
/// A key is a secret hash of rule and fields; two that are the same by chance share a bucket. Four places a key may take; when others
/// have them all, the one that was asked for longest ago is forgotten. A place changes hands with one compare-and-swap; what its last owner
/// left counts as no more than one burst (see <see cref="Rate"/>).
/// <code>
///  0 mask (4)   4 … 64 spare   64 places: key (8), rate (8), tick of forgetting (4), spare (12)
/// </code></remarks>
[StructLayout(LayoutKind.Explicit, Size = 64)]
public unsafe struct KeyedRates
{
    const int Ways = 4;

    [FieldOffset(0)] uint _mask;

    [StructLayout(LayoutKind.Explicit, Size = 32)]
    struct Place
    {
        [FieldOffset(0)] public ulong Key;
        [FieldOffset(8)] public ulong Rate;
        [FieldOffset(16)] public uint Until;
    }

    /// <summary>Bytes for so many places, a power of two.</summary>
    public static nuint Bytes(uint places) => 64 + ((nuint)places * 32);

    /// <summary>Of zeroed memory.</summary>
    public static void Initialize(KeyedRates* rates, uint places) => rates->_mask = places - 1;

    internal static bool Take(KeyedRates* rates, ulong key, ulong now, Condition* condition)
    {
        key |= 1;
        uint tick = Timestamp.Tick(now);
        Place* first = (Place*)((byte*)rates + 64) + ((uint)(key >> 32) & rates->_mask & ~(uint)(Ways - 1));
        Place* place = Find(first, key, tick);
        Volatile.Write(ref place->Until, tick + condition->Extra);
        return Rate.Take(ref place->Rate, now, condition->FirstValue, condition->Middle, condition->LastValue, 1);
    }

    static Place* Find(Place* first, ulong key, uint tick)
    {
        while (true)
        {
            Place* oldest = first;
            for (Place* place = first; place < first + Ways; place++)
            {
                if (Volatile.Read(ref place->Key) == key)
                {
                    if ((int)(tick - place->Until) >= 0)
                    {
                        place->Rate = 0;
                    }

                    return place;
                }

                // A place nobody has ever had is older than any.
                bool older = place->Key == 0 ? oldest->Key != 0 : oldest->Key != 0 && (int)(oldest->Until - place->Until) > 0;
                oldest = older ? place : oldest;
            }

            ulong owner = oldest->Key;
            if (Interlocked.CompareExchange(ref oldest->Key, key, owner) == owner)
            {
                oldest->Rate = 0;
                return oldest;
            }
        }
    }
}
