using System.Runtime.InteropServices;

namespace Conntrack.Dataplane.Routing;

/// <summary>
/// How many ICMP errors a worker sends (RFC 1812 4.3.2.8, RFC 4443 2.4 f): to one target one for every interval, and some more at once
/// after a silence, for a traceroute asks three times; to all targets together a thousand a second. Targets whose hash is the same share
/// one allowance.
/// </summary>
/// <remarks><code>
///  0 all: tick (4), tokens (4)   8 held back (8)   16 … 64 spare   64 targets: tick (4), tokens (4) × 256
/// 2112
/// </code></remarks>
[StructLayout(LayoutKind.Explicit, Size = 64 + (Targets * 8))]
unsafe struct IcmpLimiter
{
    const int Targets = 256;
    const uint Burst = 6, AllBurst = 50, AllPerTick = 10;

    [FieldOffset(0)] uint _tick;
    [FieldOffset(4)] uint _tokens;

    /// <summary>Errors that were not sent.</summary>
    [FieldOffset(8)] public ulong HeldBack;

    [FieldOffset(64)] fixed uint _targets[2 * Targets];

    /// <summary>Whether one more may be sent to a target.</summary>
    /// <param name="limiter">The worker's.</param>
    /// <param name="target">Hash of its address.</param>
    /// <param name="tick">Now.</param>
    /// <param name="interval">Ticks between two; 0 for no limit.</param>
    public static bool Allows(IcmpLimiter* limiter, uint target, uint tick, uint interval)
    {
        if (interval == 0)
        {
            return true;
        }

        uint* one = limiter->_targets + (2 * (target % Targets));
        limiter->_tokens = Math.Min(AllBurst, limiter->_tokens + (uint)Math.Min((ulong)(tick - limiter->_tick) * AllPerTick, AllBurst));
        limiter->_tick = tick;
        uint grown = (tick - one[0]) / interval;
        if (one[0] == 0 || grown >= Burst)
        {
            one[0] = tick;
            one[1] = Burst;
        }
        else
        {
            one[0] += grown * interval;
            one[1] = Math.Min(Burst, one[1] + grown);
        }

        if (limiter->_tokens == 0 | one[1] == 0)
        {
            limiter->HeldBack++;
            return false;
        }

        limiter->_tokens--;
        one[1]--;
        return true;
    }
}
