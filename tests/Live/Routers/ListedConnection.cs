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

    public required ulong OriginalPackets { get; init; }

    public required ulong ReplyPackets { get; init; }

    /// <summary>Whatever differs from run to run left out: the port a client's kernel chose, and which address a role has here.</summary>
    public string Normalised(Func<string, string> roleOf) => string.Create(
        CultureInfo.InvariantCulture,
        $"{Protocol} {roleOf(Source)} > {roleOf(Destination)}{(DestinationPort is int port ? $":{port}" : "")} {(TcpState.Length > 0 ? TcpState : "-")} {(SeenReply ? "S" : "-")}{(Assured ? "A" : "-")}");
}
