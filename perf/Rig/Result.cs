namespace Conntrack.Rig;

/// <summary>What came of one workload.</summary>
/// <param name="Workload">What was done.</param>
/// <param name="Ours">Our windows.</param>
/// <param name="Io">testpmd's io engine, which touches no packet.</param>
/// <param name="Swap">testpmd's 5tswap engine.</param>
/// <param name="Earlier">Another build of ours, when there is one to compare with.</param>
/// <param name="End">Our books after the run.</param>
/// <param name="Complaints">Why the run is not to be believed; empty for a good one.</param>
sealed record Result(
    Workload Workload, Windows Ours, Windows? Io, Windows? Swap, Windows? Earlier, SubjectReport End, IReadOnlyList<string> Complaints)
{
    /// <summary>Nanoseconds of a packet, source and sink included.</summary>
    public double PacketNs => 1000 / Ours.Median;

    public double QuietPacketNs => 1000 / Ours.Quiet;

    /// <summary>Ours less what receiving and sending alone cost on the same source.</summary>
    public double WorkerNs => Io == null ? PacketNs : PacketNs - (1000 / Io.Median);

    public double QuietWorkerNs => Io == null ? QuietPacketNs : QuietPacketNs - (1000 / Io.Quiet);

    /// <summary>Cycles of the time-stamp counter, which is not the core's clock, for a packet.</summary>
    public double Cycles => PacketNs * End.TscFrequency / 1e9;

    public double RatioToIo => Io == null ? 0 : Ours.Median / Io.Median;

    public double RatioToSwap => Swap == null ? 0 : Ours.Median / Swap.Median;

    public double MemoryPerConnection => End.Connections == 0 ? 0 : (double)End.MemoryGrowth / End.Connections;
}
