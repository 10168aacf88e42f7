using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Conntrack.Tracking.Talkers;

/// <summary>
/// The heaviest of any number of addresses in fixed memory: 512 counters in sets of four, each set by the rule of Space-Saving (Metwally,
/// Agrawal, El Abbadi 2005). An address that finds its set taken inherits the smallest counter, which is how far its own may be too high; who
/// has more than a hundredth of everything is never missing unless five of them share a set.
/// </summary>
/// <remarks><code>
///  0 total (8)   8 spare (56)   64 counters (512 × 32): address (16), count (8), error (8)
/// 16448
/// </code></remarks>
[StructLayout(LayoutKind.Explicit, Size = ByteSize)]
public unsafe struct TalkerCounts
{
    const int Ways = 4;
    const int Sets = 128;

    /// <summary>Counters of a table.</summary>
    public const int Counters = Ways * Sets;

    /// <summary>Bytes of this struct.</summary>
    public const int ByteSize = 64 + (Counters * Counter.ByteSize);

    /// <summary>What one address has, at least count − error and at most count.</summary>
    [StructLayout(LayoutKind.Sequential, Size = ByteSize)]
    public struct Counter
    {
        /// <summary>Bytes of this struct.</summary>
        public const int ByteSize = 32;

        /// <summary>See <see cref="Talker"/>.</summary>
        public UInt128 Address;

        public ulong Count;

        public ulong Error;
    }

    /// <summary>Of all addresses, those without a counter included.</summary>
    [FieldOffset(0)] public ulong Total;

    [FieldOffset(64)] fixed byte _counters[Counters * Counter.ByteSize];

    /// <summary>A counter; one that nobody has is of address 0.</summary>
    public static Counter* At(TalkerCounts* counts, int number) => (Counter*)counts->_counters + number;

    /// <summary>Counts for an address.</summary>
    [SkipLocalsInit]
    public static void Add(TalkerCounts* counts, UInt128 address, ulong weight)
    {
        counts->Total += weight;

        // Fibonacci hashing: addresses of one network differ in their last bits, and the upper bits of the product depend on all of them.
        ulong mixed = ((ulong)address ^ ((ulong)(address >> 64) * 0x9e37_79b9_7f4a_7c15)) * 0xd6e8_feb8_6659_fd93;
        Counter* set = At(counts, (int)(mixed >> 57) * Ways);
        Counter* least = set;
        for (Counter* counter = set; counter < set + Ways; counter++)
        {
            if (counter->Address == address)
            {
                counter->Count += weight;
                return;
            }

            least = counter->Count < least->Count ? counter : least;
        }

        least->Address = address;
        least->Error = least->Count;
        least->Count += weight;
    }
}
