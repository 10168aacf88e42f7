using Conntrack.Packets;
using Conntrack.Tracking;

namespace Conntrack.Dataplane.Tests.Replays;

/// <summary>A connection without what only tells where its record lies.</summary>
sealed record ConnectionLine(
    byte Protocol,
    string Src,
    string Dst,
    ushort SrcPort,
    ushort DstPort,
    byte State,
    ConnectionFlags Flags,
    TupleSnapshot Reply,
    ulong OriginalPackets,
    ulong OriginalBytes,
    ulong ReplyPackets,
    ulong ReplyBytes,
    TimeSpan Timeout,
    uint StartTick,
    uint Creation)
{
    public ConnectionLine(ConnectionSnapshot snapshot)
        : this(
            snapshot.Protocol,
            snapshot.Original.SrcAddress(snapshot.IsIpv6).ToString(),
            snapshot.Original.DstAddress(snapshot.IsIpv6).ToString(),
            snapshot.Original.SrcPort,
            snapshot.Original.DstPort,
            snapshot.State,
            snapshot.Flags,
            snapshot.Reply,
            snapshot.OriginalCounters.Packets,
            snapshot.OriginalCounters.Bytes,
            snapshot.ReplyCounters.Packets,
            snapshot.ReplyCounters.Bytes,
            snapshot.Timeout,
            snapshot.StartTick,
            snapshot.Creation)
    {
        bool icmp = Protocol == (snapshot.IsIpv6 ? IpProtocol.Icmpv6 : IpProtocol.Icmp);
        TupleSnapshot mirror = new(
            snapshot.Original.Dst,
            snapshot.Original.Src,
            icmp ? snapshot.Original.SrcPort : snapshot.Original.DstPort,
            icmp ? snapshot.Reply.DstPort : snapshot.Original.SrcPort);
        bool translated = (snapshot.Flags & (ConnectionFlags.SrcNat | ConnectionFlags.DstNat)) != 0;
        Assert.Equal(!translated, mirror == snapshot.Reply);
        Assert.True(Timeout > TimeSpan.Zero, $"{this} is listed after its end");
    }

    /// <summary>TCP's state.</summary>
    public TcpState TcpState => (TcpState)State;
}
