namespace Conntrack.Kernel.Comparing;

/// <summary>What two sides can differ in.</summary>
enum Aspect
{
    ConnectionState,
    Verdict,
    ForwardedBytes,
    OnlyInKernel,
    OnlyInOurs,
    Reply,
    Flags,
    ProtocolState,
    Timeout,
    Counters,
}

/// <summary>One difference between the kernel and us.</summary>
/// <param name="Aspect">In what.</param>
/// <param name="Kernel">What the kernel has.</param>
/// <param name="Ours">What we have.</param>
sealed record Disagreement(Aspect Aspect, string Kernel, string Ours)
{
    /// <summary>Number of the frame within the burst; of tables, of the last one.</summary>
    public int Frame { get; init; }

    /// <summary>The kernel's entry, where the aspect is one of the table.</summary>
    public Entry? KernelEntry { get; init; }

    /// <summary>Ours.</summary>
    public Entry? OurEntry { get; init; }

    /// <summary>Of packets.</summary>
    public Outcome? KernelOutcome { get; init; }

    /// <summary>Of packets.</summary>
    public Outcome? OurOutcome { get; init; }

    public override string ToString() =>
        $"{Aspect}: kernel {Kernel}, ours {Ours}" + ((KernelEntry ?? OurEntry) is Entry entry ? $"  [{entry.Key}]" : "");
}
