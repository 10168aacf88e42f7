using Conntrack.Control.Replay;
using Conntrack.Control.Router;
using Conntrack.RouterOs.Settings;

namespace Conntrack.Control.Tests.Router;

public sealed class RouterPortsTests
{
    static readonly RouterConfiguration s_renamed =
        ScriptLoader.Load("t", "/interface ethernet set [ find default-name=ether7 ] name=wan", RouterConfiguration.Default).Configuration!;

    [Fact]
    public void Interfaces_stand_in_order_of_their_numbers()
    {
        using var ports = RouterPorts.Of([new("wan", "net_null0"), new("ether2", "0000:03:00.1,arg=1")], s_renamed);
        Assert.Equal([2, 7], [ports.NumberOf(0), ports.NumberOf(1)]);
        Assert.Equal(["0000:03:00.1,arg=1", "net_null0"], [ports.DeviceOf(0) + ",arg=1", ports.DeviceOf(1)]);
        Assert.Equal(["0000:03:00.1,arg=1"], ports.PciDevices);
        Assert.All(ports.Facts, facts => Assert.False(facts.HasLink));
    }

    [Theory]
    [InlineData("ether7=net_null0", "--port: no interface is named ether7; ")]
    [InlineData("ether251=net_null0", "--port: no interface is named ether251; ")]
    [InlineData("ether1=net_null0 ether2=net_null0,size=64", "--port: net_null0 is given to ether1 and to ether2")]
    public void What_cannot_be_is_refused(string bindings, string message)
    {
        PortBinding[] ports = [.. bindings.Split(' ').Select(word => new PortBinding(word.Split('=')[0], word[(word.IndexOf('=') + 1)..]))];
        Assert.StartsWith(message, Assert.Throws<UserErrorException>(() => RouterPorts.Of(ports, s_renamed)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("0000:03:00.0", true)]
    [InlineData("03:00.0,opt=1", true)]
    [InlineData("0000:AF:00.7", true)]
    [InlineData("net_tap0,iface=03:00.0", false)]
    [InlineData("0000:03:00.8", false)]
    public void A_PCI_address_is_known_by_its_form(string device, bool isPci) => Assert.Equal(isPci, new PortBinding("ether1", device).IsPci);

    [Theory]
    [InlineData("net_tap0,iface=lan", true)]
    [InlineData("eth_af_packet1,iface=eth5", true)]
    [InlineData("0000:af:00.0", true)]
    [InlineData("nothing0", false)]
    [InlineData("net_nothing0", false)]
    public void A_device_that_may_turn_up_later_is_told_from_nonsense(string device, bool isPlausible) =>
        Assert.Equal(isPlausible, new PortBinding("ether1", device).IsPlausible);

    [Theory]
    [InlineData("net_tap0,iface=lan,mac=fixed", "net_tap", "lan")]
    [InlineData("net_af_packet0,qpairs=2,iface=eth5", "net_af_packet", "eth5")]
    [InlineData("net_tap0", "net_tap", null)]
    [InlineData("net_pcap0,iface=eth5", "net_pcap", null)]
    public void The_interface_of_the_kernel_stands_in_the_device_string(string device, string driver, string? name) =>
        Assert.Equal(name, new PortBinding("ether1", device).KernelInterface(driver));
}
