using System.Globalization;

namespace Conntrack.Live.Routers;

/// <summary>A connection as either router lists it, in one form.</summary>
sealed record ListedConnection
{
    /// <summary>RouterOS's name: tcp, udp, icmp, icmpv6.</summary>
    public required string Protocol { get; init; }

    public required string Source { get; init; }

    public required string Destination { get; init; }

    /// <summary>Null for what has no ports.</summary>
    public required int? SourcePort { get; init; }

    public required int? DestinationPort { get; init; }

    /// <summary>RouterOS's name; empty for what is not TCP.</summary>
    public required string TcpState { get; init; }

    public required bool SeenReply { get; init; }

    public required bool Assured { get; init; }

    /// <summary>Announced by another connection that a helper reads; Linux's list does not tell.</summary>
    public bool IsExpected { get; init; }

    public required ulong OriginalPackets { get; init; }

    public required ulong ReplyPackets { get; init; }

    /// <summary>From the IP header on.</summary>
    public required ulong OriginalBytes { get; init; }

    public required ulong ReplyBytes { get; init; }

    /// <summary>Of both directions; Linux has no FastTrack.</summary>
    public ulong FastTrackedPackets { get; init; }

    /// <summary>Where answers go to; another than <see cref="Source"/> when the source is translated.</summary>
    public required string ReplyDestination { get; init; }

    /// <summary>Where answers come from; another than <see cref="Destination"/> when the destination is translated.</summary>
    public required string ReplySource { get; init; }

    /// <summary>Whatever differs from run to run left out: the port a client's kernel chose, and which address a role has here.</summary>
    public string Normalised(Func<string, string> roleOf) => string.Create(
        CultureInfo.InvariantCulture,
        $"{Protocol} {roleOf(Source)} > {roleOf(Destination)}{(DestinationPort is int port ? $":{port}" : "")} {(TcpState.Length > 0 ? TcpState : "-")} {(SeenReply ? "S" : "-")}{(Assured ? "A" : "-")}{(ReplyDestination == Source ? "" : $" from {roleOf(ReplyDestination)}")}{(ReplySource == Destination ? "" : $" to {roleOf(ReplySource)}")}");
}
