using Conntrack.V1;
using Google.Protobuf.WellKnownTypes;
using Settings = Conntrack.V1.Tracking;

namespace Conntrack.Daemon.Tests.Running;

[Collection(ObservingRouterTests.Name)]
public sealed class TrackingServiceTests(ObservingRouter router)
{
    [Fact]
    public async Task Settings_are_the_scripts_and_RouterOSs_defaults()
    {
        Settings settings = (await router.Tracking.GetTrackingAsync(new GetTrackingRequest())).Tracking;
        Assert.Equal(("yes", "1h", "2h", "1h"), (settings.Enabled, settings.UdpTimeout, settings.UdpStreamTimeout, settings.IcmpTimeout));
        Assert.Equal(("1d", "5s", "10m"), (settings.TcpEstablishedTimeout, settings.TcpSynSentTimeout, settings.GenericTimeout));
        Assert.True(settings is { LooseTcpTracking: true, LiberalTcpTracking: false, ActiveIpv4: true, ActiveIpv6: true });
        Assert.InRange(settings.MaxEntries, 1024u, 1_048_576u);
        Assert.Equal(1ul, settings.TotalIp6Entries);
        Assert.Equal(settings.TotalEntries, settings.TotalIp4Entries + settings.TotalIp6Entries);
    }

    [Fact]
    public async Task What_is_given_changes_and_nothing_else()
    {
        Settings before = (await router.Tracking.GetTrackingAsync(new GetTrackingRequest())).Tracking;
        Settings after = await UpdateAsync(new Settings { TcpCloseTimeout = "00:00:07", LiberalTcpTracking = true });
        Assert.Equal(("7s", true), (after.TcpCloseTimeout, after.LiberalTcpTracking));
        after = await UpdateAsync(new Settings(), "tcp_close_timeout", "liberal_tcp_tracking");
        Assert.Equal(("10s", false), (after.TcpCloseTimeout, after.LiberalTcpTracking));
        Assert.Equal(WithoutCounts(before), WithoutCounts(after));
    }

    [Fact]
    public async Task A_mask_leaves_out_what_it_does_not_name()
    {
        Settings after = await UpdateAsync(new Settings { TcpLastAckTimeout = "3s", TcpCloseTimeout = "3s" }, "tcp_last_ack_timeout");
        Assert.Equal(("3s", "10s"), (after.TcpLastAckTimeout, after.TcpCloseTimeout));
        Assert.Equal("10s", (await UpdateAsync(new Settings(), "tcp_last_ack_timeout")).TcpLastAckTimeout);
    }

    [Fact]
    public async Task Max_entries_can_be_set_and_returned()
    {
        uint before = (await router.Tracking.GetTrackingAsync(new GetTrackingRequest())).Tracking.MaxEntries;
        Assert.Equal(2_000_000u, (await UpdateAsync(new Settings { MaxEntries = 2_000_000 })).MaxEntries);
        Assert.Equal(2_000_000ul, (await router.Telemetry.GetStatsAsync(new GetStatsRequest())).Tracking.MaxEntries);
        Assert.Equal(before, (await UpdateAsync(new Settings(), "max_entries")).MaxEntries);
        (string field, string description) = Assert.Single(await Violations.OfAsync(() => UpdateAsync(new Settings { MaxEntries = 200_000_000 })));
        Assert.Equal("max_entries", field);
        Assert.Contains("restart", description, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Everything_wrong_is_told_by_field_and_nothing_is_changed()
    {
        Settings before = (await router.Tracking.GetTrackingAsync(new GetTrackingRequest())).Tracking;
        IReadOnlyList<(string Field, string Description)> violations = await Violations.OfAsync(() => UpdateAsync(new Settings
        {
            Enabled = "maybe", UdpTimeout = "21w", IcmpTimeout = "soon", GenericTimeout = "5s", MaxEntries = 0,
        }));
        Assert.Equal(["enabled", "udp_timeout", "icmp_timeout", "max_entries"], violations.Select(violation => violation.Field));
        Assert.All(violations, violation => Assert.Contains("expected", violation.Description, StringComparison.Ordinal));
        Assert.Equal(WithoutCounts(before), WithoutCounts((await router.Tracking.GetTrackingAsync(new GetTrackingRequest())).Tracking));
    }

    [Theory]
    [InlineData("udp_timeoutt")]
    [InlineData("active_ipv4")]
    [InlineData("total_entries")]
    public async Task A_mask_names_only_what_can_be_set(string path)
    {
        (string field, string description) = Assert.Single(await Violations.OfAsync(() => UpdateAsync(new Settings(), path)));
        Assert.Equal("update_mask", field);
        Assert.Contains($"'{path}'", description, StringComparison.Ordinal);
    }

    async Task<Settings> UpdateAsync(Settings settings, params string[] paths)
    {
        var mask = new FieldMask { Paths = { paths } };
        return (await router.Tracking.UpdateTrackingAsync(new UpdateTrackingRequest { Tracking = settings, UpdateMask = mask })).Tracking;
    }

    static Settings WithoutCounts(Settings settings)
    {
        Settings copy = settings.Clone();
        copy.TotalEntries = copy.TotalIp4Entries = copy.TotalIp6Entries = 0;
        return copy;
    }
}
