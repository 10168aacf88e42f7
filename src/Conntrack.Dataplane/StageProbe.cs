using System.Numerics;
using System.Runtime.CompilerServices;
using Conntrack.Dataplane.Abi;
using Conntrack.Native;

namespace Conntrack.Dataplane;

/// <summary>
/// Looks at the clock between stages, or does not: a type parameter of <see cref="Worker.RunBurst{TProbe}"/>, so the method is compiled
/// once with measurement and once without a trace of it.
/// </summary>
public unsafe interface IStageProbe
{
    /// <summary>A burst begins. Returns the time.</summary>
    static abstract ulong BurstBegan(WorkerProfile* profile);

    /// <summary>A stage has ended that began at <paramref name="since"/>. Returns the time, at which the next one begins.</summary>
    static abstract ulong StageDone(WorkerProfile* profile, Stage stage, int packets, ulong since);
}

/// <summary>No measurement.</summary>
public readonly unsafe struct Unmeasured : IStageProbe
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static ulong IStageProbe.BurstBegan(WorkerProfile* profile) => 0;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static ulong IStageProbe.StageDone(WorkerProfile* profile, Stage stage, int packets, ulong since) => 0;
}

/// <summary>Cycles of every stage, and the gap since the last burst. About 25 cycles a stage and burst.</summary>
public readonly unsafe struct Measured : IStageProbe
{
    static ulong IStageProbe.BurstBegan(WorkerProfile* profile)
    {
        ulong now = Tsc.Now();
        if (profile->LastBegan != 0)
        {
            ulong gap = now - profile->LastBegan;
            profile->Gaps[BitOperations.Log2(gap | 1)]++;
            profile->Stalls += gap > profile->StallCycles ? 1u : 0u;
            if (gap > profile->LongestGap)
            {
                profile->LongestGap = gap;
            }
        }

        profile->LastBegan = now;
        profile->Bursts++;
        return now;
    }

    static ulong IStageProbe.StageDone(WorkerProfile* profile, Stage stage, int packets, ulong since)
    {
        ulong now = Tsc.Now();
        profile->Cycles[(int)stage] += now - since;
        profile->Packets[(int)stage] += (uint)packets;
        return now;
    }
}
