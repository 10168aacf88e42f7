using Conntrack.RouterOs.Connections;

namespace Conntrack.Control.Replay;

/// <summary>Which way through the dataplane a packet took.</summary>
public enum TracePath : byte
{
    Slow,
    FastTrack,
}

/// <summary>What became of a packet.</summary>
public enum TraceVerdict : byte
{
    Forward,
    Local,
    Drop,
    Reject,
    Tarpit,
    Consume,
}

/// <summary>The fate of one input frame: a line of <c>--trace</c>.</summary>
public sealed record TraceRecord
{
    /// <summary>Since virtual zero, the first packet of all inputs.</summary>
    public required TimeSpan Time { get; init; }

    public required string InInterface { get; init; }

    /// <summary>1 for the first frame of the interface's capture.</summary>
    public required ulong Number { get; init; }

    /// <summary>Null for what is not IP.</summary>
    public ConnectionState? ConnectionState { get; init; }

    public TracePath Path { get; init; }

    public required TraceVerdict Verdict { get; init; }

    /// <summary>
    /// The rule that decided, as in <see cref="Rules"/>, or the reason of the drop; empty when nothing but the default decided. A fragment
    /// is consumed as <see cref="TraceWords.Reassembled"/>, or as <see cref="TraceWords.Held"/> when the replay ended first.
    /// </summary>
    public string Reason { get; init; } = "";

    /// <summary>Null for a packet that does not leave.</summary>
    public string? OutInterface { get; init; }

    /// <summary>Every rule that counted the packet, as <c>TABLE CHAIN N</c>, IPv6 prefixed <c>ipv6 </c>.</summary>
    public IReadOnlyList<string> Rules { get; init; } = [];
}

/// <summary>The words of <see cref="TracePath"/> and <see cref="TraceVerdict"/>.</summary>
public static class TraceWords
{
    /// <summary>The fragment became part of the datagram that a later frame completed; that frame's line says what became of it.</summary>
    public const string Reassembled = "reassembled";

    /// <summary>The fragment still waited for the rest of its datagram when the replay ended; statistics count it as held.</summary>
    public const string Held = "held";

    static readonly string[] s_paths = ["slow", "fasttrack"];
    static readonly string[] s_verdicts = ["forward", "local", "drop", "reject", "tarpit", "consume"];

    public static string Word(this TracePath path) => s_paths[(int)path];

    public static string Word(this TraceVerdict verdict) => s_verdicts[(int)verdict];
}
