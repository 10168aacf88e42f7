using Conntrack.Dataplane.Abi;
using Conntrack.Dataplane.Hosting;
using Message = Conntrack.V1.WorkerProfile;

namespace Conntrack.Daemon.Api;

/// <summary>From a worker's measured time to its message: cycles become nanoseconds where they say how long, and stay cycles where they say how dear.</summary>
static class ProfileMessages
{
    public static Message Of(MeasuredWorker worker)
    {
        var message = new Message
        {
            TscFrequency = worker.TscFrequency,
            MeasuredNanoseconds = Nanoseconds(worker.MeasuredCycles, worker.TscFrequency),
            Bursts = worker.Bursts,
            LongestGapNanoseconds = Nanoseconds(worker.LongestGapCycles, worker.TscFrequency),
            Stalls = worker.Stalls,
        };
        for (int stage = 0; stage < worker.Stages.Count; stage++)
        {
            message.Stages.Add(new V1.StageProfile
            {
                Stage = Word((Stage)stage),
                Cycles = worker.Stages[stage].Cycles,
                Packets = worker.Stages[stage].Packets,
            });
        }

        for (int n = 0; n < worker.Gaps.Count; n++)
        {
            if (worker.Gaps[n] != 0)
            {
                message.Gaps.Add(new V1.GapBucket
                {
                    FromNanoseconds = Nanoseconds((UInt128)1 << n, worker.TscFrequency),
                    BelowNanoseconds = Nanoseconds((UInt128)1 << (n + 1), worker.TscFrequency),
                    Count = worker.Gaps[n],
                });
            }
        }

        return message;
    }

    /// <summary>In one piece, as RouterOS writes fasttrack, dstnat and srcnat.</summary>
    static string Word(Stage stage) => stage.ToString().ToLowerInvariant();

    static ulong Nanoseconds(UInt128 cycles, ulong frequency) => (ulong)(cycles * 1_000_000_000 / frequency);
}
