using Conntrack.RouterOs.Language;
using Conntrack.RouterOs.Settings;

namespace Conntrack.RouterOs.Tests.Settings;

public sealed class TrackingScriptTests
{
    const string Set = "/ip firewall connection tracking set ";

    [Fact]
    public void Sets_every_property()
    {
        LoadResult result = ScriptLoader.Load("t.rsc", """
            /ip firewall connection tracking
            set enabled=yes generic-timeout=11m icmp-timeout=12s liberal-tcp-tracking=yes \
                loose-tcp-tracking=no tcp-close-timeout=13s tcp-close-wait-timeout=\
                1m tcp-established-timeout=5d tcp-fin-wait-timeout=2m \
                tcp-last-ack-timeout=30s tcp-max-retrans-timeout=6m \
                tcp-syn-received-timeout=00:01:00 tcp-syn-sent-timeout=200ms \
                tcp-time-wait-timeout=120 tcp-unacked-timeout=7m udp-stream-timeout=4m \
                udp-timeout=20s max-entries=67108864
            """, RouterConfiguration.Default);

        Assert.Empty(result.Diagnostics);
        Assert.Equal(
            new TrackingSettings
            {
                Enabled = TrackingMode.Yes,
                LooseTcpTracking = false,
                LiberalTcpTracking = true,
                TcpSynSentTimeout = TimeSpan.FromMilliseconds(200),
                TcpSynReceivedTimeout = TimeSpan.FromMinutes(1),
                TcpEstablishedTimeout = TimeSpan.FromDays(5),
                TcpFinWaitTimeout = TimeSpan.FromMinutes(2),
                TcpCloseWaitTimeout = TimeSpan.FromMinutes(1),
                TcpLastAckTimeout = TimeSpan.FromSeconds(30),
                TcpTimeWaitTimeout = TimeSpan.FromMinutes(2),
                TcpCloseTimeout = TimeSpan.FromSeconds(13),
                TcpMaxRetransTimeout = TimeSpan.FromMinutes(6),
                TcpUnackedTimeout = TimeSpan.FromMinutes(7),
                UdpTimeout = TimeSpan.FromSeconds(20),
                UdpStreamTimeout = TimeSpan.FromMinutes(4),
                IcmpTimeout = TimeSpan.FromSeconds(12),
                GenericTimeout = TimeSpan.FromMinutes(11),
                MaxEntries = 67_108_864,
            },
            result.Configuration!.Tracking);
    }

    [Fact]
    public void Has_the_defaults_of_RouterOS_7()
    {
        TrackingSettings settings = RouterConfiguration.Default.Tracking;
        var seconds = new Dictionary<string, double>
        {
            ["syn-sent"] = settings.TcpSynSentTimeout.TotalSeconds,
            ["syn-received"] = settings.TcpSynReceivedTimeout.TotalSeconds,
            ["established"] = settings.TcpEstablishedTimeout.TotalSeconds,
            ["fin-wait"] = settings.TcpFinWaitTimeout.TotalSeconds,
            ["close-wait"] = settings.TcpCloseWaitTimeout.TotalSeconds,
            ["last-ack"] = settings.TcpLastAckTimeout.TotalSeconds,
            ["time-wait"] = settings.TcpTimeWaitTimeout.TotalSeconds,
            ["close"] = settings.TcpCloseTimeout.TotalSeconds,
            ["max-retrans"] = settings.TcpMaxRetransTimeout.TotalSeconds,
            ["unacked"] = settings.TcpUnackedTimeout.TotalSeconds,
            ["udp"] = settings.UdpTimeout.TotalSeconds,
            ["udp-stream"] = settings.UdpStreamTimeout.TotalSeconds,
            ["icmp"] = settings.IcmpTimeout.TotalSeconds,
            ["generic"] = settings.GenericTimeout.TotalSeconds,
        };
        Assert.Equal(
            new Dictionary<string, double>
            {
                ["syn-sent"] = 5,
                ["syn-received"] = 5,
                ["established"] = 86400,
                ["fin-wait"] = 10,
                ["close-wait"] = 10,
                ["last-ack"] = 10,
                ["time-wait"] = 10,
                ["close"] = 10,
                ["max-retrans"] = 300,
                ["unacked"] = 300,
                ["udp"] = 30,
                ["udp-stream"] = 180,
                ["icmp"] = 10,
                ["generic"] = 600,
            },
            seconds);
        Assert.True(settings is { Enabled: null, LooseTcpTracking: true, LiberalTcpTracking: false, MaxEntries: null });
    }

    [Theory]
    [InlineData("", null)]
    [InlineData("enabled=auto", TrackingMode.Auto)]
    [InlineData("enabled=\"no\"", TrackingMode.No)]
    [InlineData("enabled=no enabled=yes", TrackingMode.Yes)]
    public void Knows_whether_a_script_set_the_mode(string arguments, TrackingMode? expected) =>
        Assert.Equal(expected, ScriptLoader.Load("t.rsc", Set + arguments, RouterConfiguration.Default).Configuration!.Tracking.Enabled);

    [Fact]
    public void Changes_only_what_is_named_on_top_of_the_base()
    {
        RouterConfiguration first = Load("udp-timeout=11s max-entries=5");
        LoadResult second = ScriptLoader.Load("t.rsc", Set + "icmp-timeout=1s !max-entries", first);

        Assert.Equal(
            new TrackingSettings { UdpTimeout = TimeSpan.FromSeconds(11), IcmpTimeout = TimeSpan.FromSeconds(1) },
            second.Configuration!.Tracking);
    }

    [Theory]
    [InlineData("0s", 0)]
    [InlineData("10ms", 10)]
    [InlineData("20w", 12_096_000_000)]
    [InlineData("1s10ms", 1010)]
    public void Takes_timeouts_from_0_to_20_weeks_in_ticks(string time, long milliseconds) =>
        Assert.Equal(TimeSpan.FromMilliseconds(milliseconds), Load("udp-timeout=" + time).Tracking.UdpTimeout);

    const string Times = "expected a time from 0s to 20w in steps of 10ms, such as 30s, 5m, 1d or 00:05:00";

    [Theory]
    [InlineData("udp-timeout=20w10ms", "50: error: udp-timeout: \"20w10ms\" is out of range (" + Times + ")")]
    [InlineData("udp-timeout=15ms", "50: error: udp-timeout: \"15ms\" is no multiple of 10ms (" + Times + ")")]
    [InlineData("udp-timeout=1q", "50: error: udp-timeout: \"1q\" is no time (" + Times + ")")]
    [InlineData("udp-timeout=\"1q\"", "51: error: udp-timeout: \"1q\" is no time (" + Times + ")")]
    [InlineData("udp-timeout=", "50: error: udp-timeout: \"\" is no time (" + Times + ")")]
    [InlineData("udp-timeout=-5s", "50: error: udp-timeout: \"-5s\" is no time (" + Times + ")")]
    [InlineData("udp-timeuot=5s", "38: error: unknown property \"udp-timeuot\" (expected a property of this menu; did you mean \"udp-timeout\"?)")]
    [InlineData("enabled=atuo", "46: error: enabled: \"atuo\" is not one of its words (expected auto, yes or no; did you mean \"auto\"?)")]
    [InlineData("loose-tcp-tracking=auto", "57: error: loose-tcp-tracking: \"auto\" is not one of its words (expected yes or no)")]
    [InlineData("max-entries=0", "50: error: max-entries: \"0\" is out of range (expected a number from 1 to 268435456)")]
    [InlineData("max-entries=268435457", "50: error: max-entries: \"268435457\" is out of range (expected a number from 1 to 268435456)")]
    [InlineData("max-entries=99999999999999999999", "50: error: max-entries: \"99999999999999999999\" is out of range (expected a number from 1 to 268435456)")]
    [InlineData("max-entries=1k", "50: error: max-entries: \"1k\" is no number (expected a number from 1 to 268435456)")]
    [InlineData("total-entries=5", "38: error: total-entries is read-only: it shows what is, and cannot be set")]
    [InlineData("!active-ipv4", "39: error: active-ipv4 is read-only: it shows what is, and cannot be unset")]
    [InlineData("!udp-timeout", "38: error: udp-timeout always has a value and cannot be unset (expected udp-timeout= with a time from 0s to 20w in steps of 10ms, such as 30s, 5m, 1d or 00:05:00)")]
    [InlineData("udp-timeout=(1-2)", "50: error: udp-timeout: \"-1\" is no time (" + Times + ")")]
    [InlineData("udp-timeout=[:tonum x]", "50: error: udp-timeout: nothing is no value here (expected something that has a value)")]
    [InlineData("enabled", "38: error: unexpected \"enabled\" (expected property=value; did you mean \"enabled\"?)")]
    public void Refuses_what_is_wrong(string arguments, string expected)
    {
        LoadResult result = ScriptLoader.Load("t.rsc", Set + arguments, RouterConfiguration.Default);

        Assert.Null(result.Configuration);
        Assert.Equal("t.rsc:1:" + expected, Assert.Single(result.Diagnostics).ToString());
    }

    [Theory]
    [InlineData("/ip firewall connection tracking add enabled=yes", Severity.Error, "/ip firewall connection tracking has no command \"add\"")]
    [InlineData("/ip firewall connection tracking print", Severity.Note, "print changes nothing and is skipped")]
    [InlineData(Set + "udp-timeout=1s udp-timeout=2s", Severity.Warning, "udp-timeout is given twice in one command; the last value counts")]
    public void Judges_other_commands(string text, Severity severity, string message)
    {
        Diagnostic diagnostic = Assert.Single(ScriptLoader.Load("t.rsc", text, RouterConfiguration.Default).Diagnostics);

        Assert.Equal((severity, message), (diagnostic.Severity, diagnostic.Message));
    }

    [Fact]
    public void Applies_nothing_of_a_script_with_an_error_and_reports_all_of_them()
    {
        LoadResult result = ScriptLoader.Load(
            "t.rsc", Set + "udp-timeout=1s icmp-timeout=x\n" + Set + "generic-timeout=y\n/ip firewal", RouterConfiguration.Default);

        Assert.Null(result.Configuration);
        Assert.Equal([(1, 66), (2, 54), (3, 5)], result.Diagnostics.Select(static diagnostic => (diagnostic.Line, diagnostic.Column)));
    }

    static RouterConfiguration Load(string arguments) =>
        ScriptLoader.Load("t.rsc", Set + arguments, RouterConfiguration.Default).Configuration!;
}
