using System.Net;
using System.Net.Sockets;

namespace Conntrack.RouterOs.Connections;

/// <summary>
/// One entry of <c>/ip firewall connection</c> or <c>/ipv6 firewall connection</c>: a copy taken at one moment. Bytes count from the IP
/// header on; totals include the fasttracked part; the <c>Reply</c> addresses are what packets of the other direction carry, so they differ
/// from the mirrored original where the connection is translated.
/// </summary>
public sealed record Connection
{
    /// <summary>Number in order of creation; printed as <c>*1a</c> where RouterOS shows an internal id.</summary>
    public ulong Id { get; init; }

    public required byte Protocol { get; init; }

    public required IPAddress SrcAddress { get; init; }

    /// <summary>Null unless the protocol has ports.</summary>
    public ushort? SrcPort { get; init; }

    public required IPAddress DstAddress { get; init; }

    public ushort? DstPort { get; init; }

    public required IPAddress ReplySrcAddress { get; init; }

    public ushort? ReplySrcPort { get; init; }

    public required IPAddress ReplyDstAddress { get; init; }

    public ushort? ReplyDstPort { get; init; }

    /// <summary>Null unless TCP.</summary>
    public TcpState? TcpState { get; init; }

    /// <summary>Type, code and id of the original direction; null unless ICMP or ICMPv6.</summary>
    public byte? IcmpType { get; init; }

    public byte? IcmpCode { get; init; }

    public ushort? IcmpId { get; init; }

    /// <summary>EtherType of the payload; null unless GRE.</summary>
    public ushort? GreProtocol { get; init; }

    public byte? GreVersion { get; init; }

    /// <summary>Null for a GRE packet without a key.</summary>
    public uint? GreKey { get; init; }

    public ConnectionType ConnectionType { get; init; }

    /// <summary>Time left until the connection is removed.</summary>
    public TimeSpan Timeout { get; init; }

    /// <summary>Empty when no mark is set.</summary>
    public string ConnectionMark { get; init; } = "";

    public ulong OrigPackets { get; init; }

    public ulong OrigBytes { get; init; }

    public ulong OrigFastTrackPackets { get; init; }

    public ulong OrigFastTrackBytes { get; init; }

    public ulong ReplPackets { get; init; }

    public ulong ReplBytes { get; init; }

    public ulong ReplFastTrackPackets { get; init; }

    public ulong ReplFastTrackBytes { get; init; }

    /// <summary>Bits per second; null while no rate has been measured.</summary>
    public ulong? OrigRate { get; init; }

    public ulong? ReplRate { get; init; }

    public ConnectionFlags Flags { get; init; }

    /// <summary>Why it is not fasttracked, as far as it is its own doing.</summary>
    public FastTrackObstacle FastTrackObstacle { get; init; }

    /// <summary>Which of the two lists the connection stands in.</summary>
    public bool IsIPv6 => SrcAddress.AddressFamily == AddressFamily.InterNetworkV6;

    public bool Has(ConnectionFlags flag) => (Flags & flag) != 0;
}
