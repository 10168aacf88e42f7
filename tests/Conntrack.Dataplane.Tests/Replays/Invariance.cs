using Conntrack.Dataplane.Abi;

namespace Conntrack.Dataplane.Tests.Replays;

/// <summary>The contract of bursts and workers: whatever their number, a user sees the same.</summary>
static class Invariance
{
    static readonly int[] s_bursts = [1, 2, 7, 32];
    static readonly int[] s_workers = [1, 2, 3];

    /// <summary>Runs with every burst and every number of workers, and compares with one frame at a time.</summary>
    public static ReplayResult Assert(ReplayRun replay, string title) => Assert(replay, title, s_workers);

    static ReplayResult Assert(ReplayRun replay, string title, int[] workers)
    {
        ReplayResult expected = (replay with { Burst = 1, Workers = 1 }).Run();
        foreach (int count in workers)
        {
            foreach (int burst in s_bursts)
            {
                if (count != 1 || burst != 1)
                {
                    ReplayResult actual = (replay with { Burst = burst, Workers = count }).Run();
                    expected.AssertSame(actual, $"{title} burst {burst} workers {count}");
                }
            }

            if (count != 1)
            {
                // One frame at a time whatever the burst; what is for another worker is handed over.
                ReplayResult scattered = (replay with { Workers = count, Spread = FrameSpread.Scattered }).Run();
                expected.AssertSame(scattered, $"{title} scattered over workers {count}");
            }
        }

        return expected;
    }
}
