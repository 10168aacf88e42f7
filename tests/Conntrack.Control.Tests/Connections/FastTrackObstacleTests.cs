using Conntrack.Control.Connections;
using Conntrack.Control.Firewall;
using Conntrack.RouterOs.Connections;
using Conntrack.Tracking;
using TrackedFlags = Conntrack.Tracking.ConnectionFlags;
using TrackedTcpState = Conntrack.Tracking.TcpState;

namespace Conntrack.Control.Tests.Connections;

/// <summary>Why a connection is not fasttracked, from what its record says and what keeps all of its family from it.</summary>
public sealed class FastTrackObstacleTests
{
    const TrackedFlags Answered = TrackedFlags.Confirmed | TrackedFlags.SeenReply | TrackedFlags.Assured;
    const string General = "no rule has action=fasttrack-connection";

    [Theory]
    [InlineData(IpProtocol.Tcp, TrackedTcpState.Established, Answered | TrackedFlags.FastTrack, "", "")]
    [InlineData(IpProtocol.Tcp, TrackedTcpState.Established, Answered, "none of its packets has passed a fasttrack-connection rule", General)]
    [InlineData(IpProtocol.Tcp, TrackedTcpState.Established, Answered | TrackedFlags.UsesHelper, "a helper reads its packets", "a helper reads its packets")]
    [InlineData(IpProtocol.Udp, TrackedTcpState.None, Answered | TrackedFlags.UsesHelper, "a helper reads its packets", "a helper reads its packets")]
    [InlineData(
        IpProtocol.Tcp, TrackedTcpState.Established, Answered | TrackedFlags.FastTrackRefused,
        "its packets have a routing mark, come by a VRF, or are bridged where allow-fast-path=no", General)]
    [InlineData(IpProtocol.Tcp, TrackedTcpState.FinWait, Answered, "its tcp-state is not established and assured", General)]
    [InlineData(
        IpProtocol.Tcp, TrackedTcpState.Established, TrackedFlags.Confirmed | TrackedFlags.SeenReply, "its tcp-state is not established and assured", General)]
    [InlineData(IpProtocol.Udp, TrackedTcpState.None, TrackedFlags.Confirmed, "it has no answer yet", General)]
    [InlineData(IpProtocol.Icmp, TrackedTcpState.None, Answered, "only tcp and udp are fasttracked", "only tcp and udp are fasttracked")]
    public void Each_obstacle_has_its_words(byte protocol, TrackedTcpState state, TrackedFlags flags, string words, string withoutRule)
    {
        var connection = ConnectionListing.ToEntry(new ConnectionSnapshot
        {
            IsIpv6 = false,
            Protocol = protocol,
            State = (byte)state,
            Flags = flags,
            Original = default,
            Reply = default,
            OriginalCounters = default,
            ReplyCounters = default,
            Timeout = TimeSpan.Zero,
            StartTick = 0,
            Creation = 0,
            Record = 1,
            Generation = 1,
        }, new RuleNames());
        Assert.Equal((words, withoutRule), (FastTrackObstacles.Describe(connection, ""), FastTrackObstacles.Describe(connection, General)));
    }
}
