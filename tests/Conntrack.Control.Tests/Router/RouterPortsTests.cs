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
        var ports = RouterPorts.Of([new("wan", "net_null0"), new("ether2", "0000:03:00.1,arg=1")], s_renamed);
        Assert.Equal(["ether2", "wan"], [ports.NameOf(0), ports.NameOf(1)]);
        Assert.Equal(["0000:03:00.1,arg=1"], ports.PciDevices);
        Assert.True(ports.IsWire);
    }

    [Theory]
    [InlineData("ether7=net_null0", "--port: no interface is named ether7; ")]
    [InlineData("ether251=net_null0", "--port: no interface is named ether251; ")]
    [InlineData("ether1=net_null0 ether2=net_null0,size=64", "--port: net_null0 is given to ether1 and to ether2")]
    [InlineData("ether1=net_null0 ether2=net_null1 ether3=net_null2", "--port: 3 interfaces need routes")]
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
}
