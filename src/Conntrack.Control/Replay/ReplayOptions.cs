namespace Conntrack.Control.Replay;

/// <summary>A capture and the interface it belongs to.</summary>
/// <param name="Interface">The interface's current name; the configuration decides whether there is one of that name.</param>
/// <param name="File">The capture as the user named it.</param>
/// <param name="IsBothDirections">Nobody said which interface it is of: it shows what passed some point, in both directions.</param>
public sealed record InterfaceCapture(string Interface, string File, bool IsBothDirections = false);

/// <summary>What to do about the checksums of received packets.</summary>
public enum ChecksumHandling : byte
{
    /// <summary>A bad IP header checksum drops the packet, a bad TCP, UDP or ICMP checksum makes it invalid.</summary>
    Verify,

    /// <summary>For captures taken where the sender leaves checksums to the hardware.</summary>
    Ignore,
}

/// <summary>What <c>ctrack replay</c> was asked to do. Checked in itself; files and interface names are the engine's to look up.</summary>
public sealed record ReplayOptions
{
    /// <summary>The interface a bare file name means.</summary>
    public const string DefaultInterface = "ether1";

    public const int MaxWorkers = 64;

    /// <summary>The dataplane's largest burst.</summary>
    public const int MaxBurst = 32;

    /// <summary>RouterOS script to load at virtual zero; null for none.</summary>
    public string? ConfigFile { get; init; }

    /// <summary>At least one, no interface twice, in the order given: it decides between packets of the same time.</summary>
    public required IReadOnlyList<InterfaceCapture> Inputs { get; init; }

    /// <summary>No interface twice.</summary>
    public IReadOnlyList<InterfaceCapture> Outputs { get; init; } = [];

    public OutputTarget? Connections { get; init; }

    public OutputTarget? Trace { get; init; }

    public OutputTarget? Stats { get; init; }

    /// <summary>Console commands to carry out at the end, each a print of what the router has come to.</summary>
    public IReadOnlyList<string> Commands { get; init; } = [];

    /// <summary>How long virtual time runs on after the last packet.</summary>
    public TimeSpan Until { get; init; }

    /// <summary>1 to <see cref="MaxWorkers"/>.</summary>
    public int Workers { get; init; } = 1;

    /// <summary>1 to <see cref="MaxBurst"/> packets.</summary>
    public int Burst { get; init; } = 1;

    public ChecksumHandling Checksums { get; init; }

    /// <summary>Whether replay answers ARP requests and neighbour solicitations for hosts the captures do not show.</summary>
    public bool AnswerNeighbours { get; init; } = true;

    /// <summary>Characters a line of standard output has; null when it is no terminal.</summary>
    public int? TerminalWidth { get; init; }

    /// <summary>Unless data is asked for, the connections are printed for people.</summary>
    public bool PrintsConnections => Connections is null && Trace is null && Stats is null && Commands.Count == 0;
}

/// <summary>Replays captures.</summary>
/// <param name="options">What to do.</param>
/// <param name="output">Standard output: data that was asked for, nothing else.</param>
/// <param name="error">Standard error: logs.</param>
/// <returns>The process's exit code.</returns>
/// <exception cref="UserErrorException">What the user gave is wrong.</exception>
public delegate int RunReplay(ReplayOptions options, TextWriter output, TextWriter error);
