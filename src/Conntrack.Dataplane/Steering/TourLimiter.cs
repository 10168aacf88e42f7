using Conntrack.Memory;

namespace Conntrack.Dataplane.Steering;

/// <summary>
/// How many tours a worker may begin, counted in the hops they may take: what a flood of strangers' errors and fragments costs the others does
/// not grow with their number, for all workers together cause each no more hops than one may begin.
/// </summary>
struct TourLimiter
{
    /// <summary>A tick is 10 ms: 100,000 hops a second, at some 200 ns each a fiftieth of a worker.</summary>
    public const uint HopsPerTick = 1000;

    /// <summary>Saved up at most.</summary>
    public const uint Most = 4 * HopsPerTick;

    uint _hops;
    uint _tick;
    bool _began;

    /// <summary>Takes the hops of a tour. False when there are not enough.</summary>
    public bool TryTake(uint hops, ulong time)
    {
        uint tick = Timestamp.Tick(time);
        uint passed = _began ? tick - _tick : Most;
        if (passed != 0)
        {
            // A time that is not after the last counts as none.
            _hops = passed > int.MaxValue ? _hops : (uint)Math.Min(Most, _hops + (Math.Min((ulong)passed, Most) * HopsPerTick));
            _tick = passed > int.MaxValue ? _tick : tick;
            _began = true;
        }

        if (_hops < hops)
        {
            return false;
        }

        _hops -= hops;
        return true;
    }
}
