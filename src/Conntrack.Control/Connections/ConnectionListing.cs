using Conntrack.Control.Firewall;
using Conntrack.Dataplane.Hosting;
using Conntrack.RouterOs.Connections;
using Conntrack.Tracking;
using Connection = Conntrack.RouterOs.Connections.Connection;
using ConnectionType = Conntrack.RouterOs.Connections.ConnectionType;
using ListedFlags = Conntrack.RouterOs.Connections.ConnectionFlags;
using ListedTcpState = Conntrack.RouterOs.Connections.TcpState;
using Protocols = Conntrack.Packets.IpProtocol;
using TrackedFlags = Conntrack.Tracking.ConnectionFlags;
using TrackedTcpState = Conntrack.Tracking.TcpState;

namespace Conntrack.Control.Connections;

/// <summary>From a table's records to the entries of <c>/ip firewall connection</c>: what the protocol gives a meaning to, and nothing else.</summary>
public static class ConnectionListing
{
    static readonly (TrackedFlags Tracked, ListedFlags Listed)[] s_flags =
    [
        (TrackedFlags.Expected, ListedFlags.Expected),
        (TrackedFlags.SeenReply, ListedFlags.SeenReply),
        (TrackedFlags.Assured, ListedFlags.Assured),
        (TrackedFlags.Confirmed, ListedFlags.Confirmed),
        (TrackedFlags.Dying, ListedFlags.Dying),
        (TrackedFlags.FastTrack, ListedFlags.FastTrack),
        (TrackedFlags.HwOffload, ListedFlags.HwOffload),
        (TrackedFlags.SrcNat, ListedFlags.SrcNat),
        (TrackedFlags.DstNat, ListedFlags.DstNat),
    ];

    /// <summary>The entry that lists a connection of a dataplane that may have many workers.</summary>
    /// <param name="connection">The connection.</param>
    /// <param name="names">What marks are called.</param>
    public static Connection ToEntry(in LiveConnection connection, RuleNames names) => ToEntry(connection.Snapshot, connection.Identity.Value, names);

    /// <summary>The entry that lists a connection.</summary>
    /// <param name="connection">The connection.</param>
    /// <param name="names">What marks are called.</param>
    public static Connection ToEntry(in ConnectionSnapshot connection, RuleNames names) =>
        ToEntry(connection, ((ulong)connection.Generation << 32) | connection.Record, names);

    static Connection ToEntry(in ConnectionSnapshot connection, ulong id, RuleNames names)
    {
        byte protocol = connection.Protocol;
        bool ipv6 = connection.IsIpv6;
        bool ports = protocol is Protocols.Tcp or Protocols.Udp or Protocols.UdpLite or Protocols.Sctp or Protocols.Dccp;
        bool icmp = protocol == (ipv6 ? Protocols.Icmpv6 : Protocols.Icmp);
        TupleSnapshot original = connection.Original;
        TupleSnapshot reply = connection.Reply;
        return new Connection
        {
            Id = id,
            Protocol = protocol,
            SrcAddress = original.SrcAddress(ipv6),
            SrcPort = ports ? original.SrcPort : null,
            DstAddress = original.DstAddress(ipv6),
            DstPort = ports ? original.DstPort : null,
            ReplySrcAddress = reply.SrcAddress(ipv6),
            ReplySrcPort = ports ? reply.SrcPort : null,
            ReplyDstAddress = reply.DstAddress(ipv6),
            ReplyDstPort = ports ? reply.DstPort : null,
            TcpState = protocol == Protocols.Tcp ? Listed((TrackedTcpState)connection.State) : null,
            IcmpType = icmp ? (byte)(original.DstPort >> 8) : null,
            IcmpCode = icmp ? (byte)original.DstPort : null,
            IcmpId = icmp ? original.SrcPort : null,
            GreProtocol = connection.Gre?.Protocol,
            GreVersion = connection.Gre?.Version,
            GreKey = connection.Gre?.Key,
            ConnectionType = (ConnectionType)connection.Helper,
            Timeout = connection.Timeout,
            ConnectionMark = names.NameOfConnectionMark(connection.Mark),
            OrigPackets = connection.OriginalCounters.Packets,
            OrigBytes = connection.OriginalCounters.Bytes,
            OrigFastTrackPackets = connection.OriginalCounters.FastTrackPackets,
            OrigFastTrackBytes = connection.OriginalCounters.FastTrackBytes,
            ReplPackets = connection.ReplyCounters.Packets,
            ReplBytes = connection.ReplyCounters.Bytes,
            ReplFastTrackPackets = connection.ReplyCounters.FastTrackPackets,
            ReplFastTrackBytes = connection.ReplyCounters.FastTrackBytes,
            OrigRate = connection.Rates?.Original,
            ReplRate = connection.Rates?.Reply,
            Flags = Listed(connection.Flags),
            FastTrackObstacle = ObstacleOf(connection),
        };
    }

    /// <summary>By what <see cref="Tracker.CanFastTrack"/> and the Confirm stage go by.</summary>
    static FastTrackObstacle ObstacleOf(in ConnectionSnapshot connection) => connection.Protocol switch
    {
        Protocols.Tcp or Protocols.Udp when (connection.Flags & TrackedFlags.FastTrack) != 0 => FastTrackObstacle.None,
        Protocols.Tcp or Protocols.Udp when (connection.Flags & TrackedFlags.UsesHelper) != 0 => FastTrackObstacle.Helper,
        Protocols.Tcp when connection.State != (byte)TrackedTcpState.Established || (connection.Flags & TrackedFlags.Assured) == 0 =>
            FastTrackObstacle.TcpState,
        Protocols.Udp when (connection.Flags & TrackedFlags.SeenReply) == 0 => FastTrackObstacle.Unanswered,
        Protocols.Tcp or Protocols.Udp => (connection.Flags & TrackedFlags.FastTrackRefused) != 0 ? FastTrackObstacle.Way : FastTrackObstacle.None,
        _ => FastTrackObstacle.Protocol,
    };

    static ListedFlags Listed(TrackedFlags flags)
    {
        ListedFlags listed = ListedFlags.None;
        foreach ((TrackedFlags tracked, ListedFlags word) in s_flags)
        {
            listed |= (flags & tracked) != 0 ? word : ListedFlags.None;
        }

        return listed;
    }

    /// <summary>Simultaneous open has a state of its own in the machine, and RouterOS's word for it is syn-sent.</summary>
    static ListedTcpState Listed(TrackedTcpState state) => state switch
    {
        TrackedTcpState.SynSent or TrackedTcpState.SynSent2 => ListedTcpState.SynSent,
        TrackedTcpState.SynReceived => ListedTcpState.SynReceived,
        TrackedTcpState.Established => ListedTcpState.Established,
        TrackedTcpState.FinWait => ListedTcpState.FinWait,
        TrackedTcpState.CloseWait => ListedTcpState.CloseWait,
        TrackedTcpState.LastAck => ListedTcpState.LastAck,
        TrackedTcpState.TimeWait => ListedTcpState.TimeWait,
        TrackedTcpState.Close => ListedTcpState.Close,
        _ => ListedTcpState.None,
    };
}
