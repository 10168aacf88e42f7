namespace Conntrack.Rig;

/// <summary>What is the same for every contender of a run.</summary>
/// <param name="WorkerCpu">The measured core.</param>
/// <param name="ControlCpus">The others.</param>
/// <param name="Hugepages">Whether DPDK has hugepages.</param>
/// <param name="RealTime">Whether the measured thread is SCHED_FIFO.</param>
/// <param name="Burst">Packets of a burst.</param>
/// <param name="Plugin">The source's library.</param>
/// <param name="Dataplane">aot, or jit for contrast.</param>
/// <param name="Rules">RouterOS scripts with what is configured, loaded one after the other; none for a wire without rules.</param>
/// <param name="FlowLines">Lines that FastTrack's flow cache may have.</param>
/// <param name="Earlier">The rig program of another build, to be compared with; null for none.</param>
sealed record Setting(
    int WorkerCpu,
    IReadOnlyList<int> ControlCpus,
    bool Hugepages,
    bool RealTime,
    int Burst,
    string Plugin,
    string Dataplane,
    IReadOnlyList<string> Rules,
    int FlowLines,
    string? Earlier)
{
    /// <summary>Our workers, on the measured core and those after it.</summary>
    public int Workers { get; init; } = 1;
}
