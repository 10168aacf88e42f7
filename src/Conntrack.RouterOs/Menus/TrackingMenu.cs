using Conntrack.RouterOs.Language;
using Conntrack.RouterOs.Settings;

namespace Conntrack.RouterOs.Menus;

/// <summary><c>/ip firewall connection tracking</c>: one set of settings, so <c>set</c> names nothing but properties.</summary>
public sealed class TrackingMenu : IMenuActions
{
    static readonly WordGrammar<TrackingMode> s_mode = new(("auto", TrackingMode.Auto), ("yes", TrackingMode.Yes), ("no", TrackingMode.No));

    static readonly TimeGrammar s_timeout = new(TrackingSettings.LeastTimeout, TrackingSettings.MostTimeout, TrackingSettings.TimeoutStep);

    public static PropertyTable<TrackingSettings> Properties { get; } = new(
        new MenuProperty<TrackingSettings, TrackingMode>("enabled", s_mode, static s => s.Enabled, static (s, v) => s with { Enabled = v }),
        new MenuProperty<TrackingSettings, bool>(
            "loose-tcp-tracking", CommonGrammars.YesNo, static s => s.LooseTcpTracking,
            static (s, v) => s with { LooseTcpTracking = v!.Value }),
        new MenuProperty<TrackingSettings, bool>(
            "liberal-tcp-tracking", CommonGrammars.YesNo, static s => s.LiberalTcpTracking,
            static (s, v) => s with { LiberalTcpTracking = v!.Value }),
        Timeout("tcp-syn-sent-timeout", static s => s.TcpSynSentTimeout, static (s, v) => s with { TcpSynSentTimeout = v }),
        Timeout("tcp-syn-received-timeout", static s => s.TcpSynReceivedTimeout, static (s, v) => s with { TcpSynReceivedTimeout = v }),
        Timeout("tcp-established-timeout", static s => s.TcpEstablishedTimeout, static (s, v) => s with { TcpEstablishedTimeout = v }),
        Timeout("tcp-fin-wait-timeout", static s => s.TcpFinWaitTimeout, static (s, v) => s with { TcpFinWaitTimeout = v }),
        Timeout("tcp-close-wait-timeout", static s => s.TcpCloseWaitTimeout, static (s, v) => s with { TcpCloseWaitTimeout = v }),
        Timeout("tcp-last-ack-timeout", static s => s.TcpLastAckTimeout, static (s, v) => s with { TcpLastAckTimeout = v }),
        Timeout("tcp-time-wait-timeout", static s => s.TcpTimeWaitTimeout, static (s, v) => s with { TcpTimeWaitTimeout = v }),
        Timeout("tcp-close-timeout", static s => s.TcpCloseTimeout, static (s, v) => s with { TcpCloseTimeout = v }),
        Timeout("tcp-max-retrans-timeout", static s => s.TcpMaxRetransTimeout, static (s, v) => s with { TcpMaxRetransTimeout = v }),
        Timeout("tcp-unacked-timeout", static s => s.TcpUnackedTimeout, static (s, v) => s with { TcpUnackedTimeout = v }),
        Timeout("udp-timeout", static s => s.UdpTimeout, static (s, v) => s with { UdpTimeout = v }),
        Timeout("udp-stream-timeout", static s => s.UdpStreamTimeout, static (s, v) => s with { UdpStreamTimeout = v }),
        Timeout("icmp-timeout", static s => s.IcmpTimeout, static (s, v) => s with { IcmpTimeout = v }),
        Timeout("generic-timeout", static s => s.GenericTimeout, static (s, v) => s with { GenericTimeout = v }),
        new MenuProperty<TrackingSettings, int>(
            "max-entries", new NumberGrammar<int>(1, TrackingSettings.MostEntries), static s => s.MaxEntries,
            static (s, v) => s with { MaxEntries = v }, canUnset: true))
    {
        ReadOnly = new HashSet<string> { "active-ipv4", "active-ipv6", "total-entries", "total-ip4-entries", "total-ip6-entries" },
    };

    public string Path => "ip/firewall/connection/tracking";

    public IMenuQuery Query { get; } = new TrackingQuery();

    public IReadOnlyList<PropertyDescription> Describe() => PropertyDescription.Of(Properties);

    public void Execute(Statement statement, Loading loading)
    {
        if (statement.Command != "set")
        {
            MenuCommands.Refuse(statement, loading.Diagnostics, "set");
            return;
        }

        loading.Configuration = loading.Configuration with
        {
            Tracking = Properties.Apply(loading.Configuration.Tracking, statement.Arguments, loading.Noted, loading.Diagnostics),
        };
    }

    public IEnumerable<string> Export(RouterConfiguration configuration)
    {
        string changes = Properties.Write(configuration.Tracking, TrackingSettings.Default);
        return changes.Length == 0 ? [] : ["set" + changes];
    }

    static MenuProperty<TrackingSettings, TimeSpan> Timeout(
        string name, Func<TrackingSettings, TimeSpan?> read, Func<TrackingSettings, TimeSpan, TrackingSettings> write) =>
        new(name, s_timeout, read, (settings, value) => write(settings, value!.Value));
}
