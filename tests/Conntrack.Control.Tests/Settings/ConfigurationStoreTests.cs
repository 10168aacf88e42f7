using Conntrack.Control.Settings;
using Conntrack.Control.Settings.Revisions;
using Conntrack.RouterOs.Settings;

namespace Conntrack.Control.Tests.Settings;

public sealed class ConfigurationStoreTests : IDisposable
{
    readonly List<RouterConfiguration> _published = [];
    readonly ConfigurationStore _store;

    public ConfigurationStoreTests() => _store = new ConfigurationStore(RouterConfiguration.Default, _published.Add);

    public void Dispose() => _store.Dispose();

    static MenuCommand Tracking => new("/ip firewall connection tracking", "set");

    [Fact]
    public void A_change_is_published_and_then_current()
    {
        RouterConfiguration changed = _store.Change(Tracking.Add("udp-timeout", "45s").Add("max-entries", "5000"));
        Assert.Equal((TimeSpan.FromSeconds(45), 5000), (changed.Tracking.UdpTimeout, changed.Tracking.MaxEntries));
        Assert.Same(changed, _store.Current);
        Assert.Same(changed, Assert.Single(_published));
        Assert.Null(_store.Change(Tracking.Unset("max-entries")).Tracking.MaxEntries);
    }

    [Fact]
    public void Everything_wrong_is_told_by_property_and_nothing_changes()
    {
        ConfigurationRefusedException refused = Assert.Throws<ConfigurationRefusedException>(() =>
            _store.Change(Tracking.Add("udp-timeout", "a \"b\" c").Add("icmp-timeout", "5s").Add("enabled", "perhaps")));
        Assert.Equal(["udp-timeout", "enabled"], refused.Problems.Select(problem => problem.Property));
        Assert.Same(RouterConfiguration.Default, _store.Current);
        Assert.Empty(_published);
    }

    [Fact]
    public void What_cannot_be_published_does_not_become_current()
    {
        using var store = new ConfigurationStore(RouterConfiguration.Default, _ => throw new TimeoutException());
        Assert.Throws<TimeoutException>(() => store.Change(Tracking.Add("udp-timeout", "45s")));
        Assert.Same(RouterConfiguration.Default, store.Current);
    }

    [Fact]
    public void A_replacement_needs_what_it_was_made_from()
    {
        RouterConfiguration made = RouterConfiguration.Default with { Tracking = TrackingSettings.Default with { MaxEntries = 7 } };
        Assert.True(_store.TryReplace(RouterConfiguration.Default, made, RevisionAuthor.Console));
        Assert.False(_store.TryReplace(RouterConfiguration.Default, RouterConfiguration.Default with { }, RevisionAuthor.Console));
        Assert.Same(made, _store.Current);
    }

    [Fact]
    public void A_value_cannot_break_out_of_its_property()
    {
        ConfigurationRefusedException refused = Assert.Throws<ConfigurationRefusedException>(() =>
            _store.Change(Tracking.Add("udp-timeout", "1s\n/ip firewall connection tracking set icmp-timeout=1s").Add("tcp-close-timeout", "1s; :put [")));
        Assert.Equal(["udp-timeout", "tcp-close-timeout"], refused.Problems.Select(problem => problem.Property));
    }
}
