using System.Runtime.InteropServices;
using Conntrack.Memory;

namespace Conntrack.Firewall.Matching;

/// <summary>
/// What one rule remembers from packet to packet. 16 bytes at its counter slot, so that it outlives recompilations as counters do. Shared by
/// all workers and changed with one compare-and-swap: docs/decisions/0008 says why.
/// </summary>
[StructLayout(LayoutKind.Explicit, Size = ByteSize)]
public unsafe struct RuleState
{
    public const int ByteSize = 16;

    /// <summary>Of limit, see <see cref="Rate"/>.</summary>
    [FieldOffset(0)] public ulong Limit;

    /// <summary>Of nth: packets so far.</summary>
    [FieldOffset(8)] public ulong Nth;
}

/// <summary>
/// A rate with a burst as one word (GCRA, ITU-T I.371 annex A): the time at which all that was let pass would have been due. It equals a
/// bucket of <c>burst</c> that is refilled every tick, without a second word for when that was.
/// </summary>
/// <remarks>
/// The unit is a tick divided by the rate: now is tick × rate, a packet takes as much as the time that the rate is given for. A word that lies
/// further ahead than a whole burst was left by another rule, or by a clock that wrapped: it counts as none.
/// </remarks>
static class Rate
{
    /// <summary>Takes one packet out of the bucket. False when there is not enough in it: nothing is taken.</summary>
    /// <param name="state">The word.</param>
    /// <param name="now"><see cref="Timestamp"/>.</param>
    /// <param name="rate">In <paramref name="time"/>.</param>
    /// <param name="time">Ticks.</param>
    /// <param name="burst">What a full bucket holds.</param>
    /// <param name="size">What the packet takes: 1, or its bytes.</param>
    public static bool Take(ref ulong state, ulong now, ulong rate, uint time, ulong burst, ulong size)
    {
        ulong moment = Timestamp.Tick(now) * rate;
        ulong most = burst * time;
        ulong cost = size * time;
        while (true)
        {
            ulong seen = Volatile.Read(ref state);
            ulong due = seen < moment || seen - moment > most ? moment : seen;
            if (due + cost - moment > most)
            {
                return false;
            }

            if (Interlocked.CompareExchange(ref state, due + cost, seen) == seen)
            {
                return true;
            }
        }
    }
}
