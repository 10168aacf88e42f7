using Conntrack.Control.Host;
using Conntrack.RouterOs.Firewall;
using Conntrack.Testing;

namespace Conntrack.Control.Tests.Host;

public sealed class NameServersTests : IDisposable
{
    readonly NameServer _server = new();

    [Fact]
    public void A_name_has_addresses_of_either_family()
    {
        _server.Set("host.example.com", 300, "192.0.2.1", "192.0.2.2", "2001:db8::1");
        Assert.Equal(["192.0.2.1", "192.0.2.2"], Texts(Ask("host.example.com", RuleFamily.Ipv4)));
        Assert.Equal(["2001:db8::1"], Texts(Ask("HOST.example.com", RuleFamily.Ipv6)));
        Assert.Equal(TimeSpan.FromMinutes(5), Ask("host.example.com", RuleFamily.Ipv4)!.TimeToLive);
    }

    [Fact]
    public void Times_to_live_are_kept_within_reason()
    {
        _server.Set("short.example.com", 0, "192.0.2.1");
        _server.Set("long.example.com", uint.MaxValue >> 1, "192.0.2.1");
        Assert.Equal(NameServers.ShortestTimeToLive, Ask("short.example.com", RuleFamily.Ipv4)!.TimeToLive);
        Assert.Equal(TimeSpan.FromDays(1), Ask("long.example.com", RuleFamily.Ipv4)!.TimeToLive);
    }

    [Fact]
    public void A_name_that_does_not_exist_has_no_addresses() => Assert.Empty(Ask("nobody.example.com", RuleFamily.Ipv4)!.Addresses);

    [Theory]
    [InlineData((byte)2)]
    [InlineData((byte)5)]
    public void A_server_that_cannot_say_has_said_nothing(byte error)
    {
        _server.Set("host.example.com", 300, "192.0.2.1");
        _server.Error = error;
        Assert.Null(Ask("host.example.com", RuleFamily.Ipv4));
    }

    [Fact]
    public void A_silent_server_has_said_nothing()
    {
        _server.Error = null;
        Assert.Null(Ask("host.example.com", RuleFamily.Ipv4));
        Assert.NotEqual(0, _server.Asked);
    }

    public void Dispose() => _server.Dispose();

    NameAnswer? Ask(string name, RuleFamily family) => new NameServers([_server.Address]).Ask(name, family);

    static IEnumerable<string> Texts(NameAnswer? answer) => answer!.Addresses.Select(static address => address.ToString()).Order(StringComparer.Ordinal);
}
