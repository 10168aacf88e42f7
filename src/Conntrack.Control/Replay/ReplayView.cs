using Conntrack.Control.Connections;
using Conntrack.Dataplane.Hosting;
using Conntrack.Packets;
using Conntrack.RouterOs.Console;
using Conntrack.RouterOs.Firewall;
using Conntrack.RouterOs.Routing;
using Conntrack.RouterOs.Settings;
using Conntrack.Tracking;
using Connection = Conntrack.RouterOs.Connections.Connection;

namespace Conntrack.Control.Replay;

/// <summary>A replayed router as the console sees it, at the virtual time the replay has come to.</summary>
sealed class ReplayView(
    RouterConfiguration configuration, ReplaySession session, ReplayInterfaces interfaces, ReplayRules rules, TrackingParameters tracking) : IRouterView
{
    public RouterConfiguration Configuration => configuration;

    public TrackingStatus Tracking => TrackingShown.Of(session.Tables(), tracking);

    public IEnumerable<Connection> Connections(RuleFamily family) => session.Connections()
        .Select(snapshot => ConnectionListing.ToEntry(snapshot, rules.Numbers))
        .Where(connection => connection.IsIPv6 == (family == RuleFamily.Ipv6));

    public RuleCounters Counters(ulong rule) => rules.CountersOf(rule);

    public RuleCounters? FastTracked(RuleFamily family) =>
        session.FastTracked(family == RuleFamily.Ipv6) is { Lines: > 0 } flows ? new RuleCounters(flows.Packets, flows.Bytes) : null;

    public FastPathStatus FastPath(RuleFamily family)
    {
        bool isIpv6 = family == RuleFamily.Ipv6;
        FlowTotals flows = session.FastTracked(isIpv6);
        FastPathTotals plain = session.FastPath(isIpv6);
        return FastPathStatus.Of(
            isIpv6 ? configuration.Ipv6.AllowFastPath : configuration.Ipv4.AllowFastPath,
            tracking.Tracks(isIpv6 ? PacketFamily.Ipv6 : PacketFamily.Ipv4), configuration.Rules, family, flows.Lines) with
        {
            FastPath = new RuleCounters(plain.Packets, plain.Bytes),
            FastTrack = new RuleCounters(flows.Packets, flows.Bytes),
        };
    }

    public IEnumerable<AddressStatus> Addresses(RuleFamily family) => interfaces.Compiled.AddressesOf(family);

    public IEnumerable<RouteStatus> Routes(RuleFamily family) => interfaces.Compiled.RoutesOf(family);

    /// <summary>Carries out a command that shows something.</summary>
    /// <exception cref="UserErrorException">It is no such command.</exception>
    public ConsoleReply Ask(string command)
    {
        ConsoleReply reply = RouterConsole.Execute(command, this);
        if (!reply.Ok)
        {
            throw new UserErrorException($"--print: {reply.Findings[0]}");
        }

        return reply is { Configuration: null, RemovedConnections.Count: 0, ResetCounters.Count: 0, Repetition: null }
            ? reply
            : throw new UserErrorException($"--print: '{command}' does more than print once");
    }
}
