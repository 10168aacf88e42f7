using Conntrack.RouterOs.Firewall;
using Conntrack.RouterOs.Interfaces;
using Conntrack.RouterOs.Menus;
using Conntrack.RouterOs.Routing;
using Conntrack.V1;
using Google.Protobuf.Reflection;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;

namespace Conntrack.Daemon.Tests.Running;

/// <summary>A router of two devices that swallow everything, configured over its service alone.</summary>
[Collection(ObservingRouterTests.Name)]
public sealed class RouterServiceTests : IAsyncLifetime
{
    RouterProcess? _router;

    RouterService.RouterServiceClient Service => new(_router!.Channel);

    public async ValueTask InitializeAsync() => _router = await RouterProcess.StartAsync(
        RouterProcess.NewFolder(), "--host-interface", "none", "--port", "ether1=net_null0", "--port", "ether2=net_null1");

    public async ValueTask DisposeAsync()
    {
        if (_router is not null)
        {
            await _router.DisposeAsync();
        }
    }

    [Fact]
    public async Task A_network_is_made_of_its_parts_and_taken_apart_again()
    {
        Assert.Equal(["ether1", "ether2"], (await Service.ListInterfacesAsync(new())).Interfaces.Select(port => port.Name));
        Vlan vlan = (await Service.CreateVlanAsync(new() { Vlan = new() { Name = "guests", VlanId = 5, Interface = "ether2" } })).Vlan;
        Bridge bridge = (await Service.CreateBridgeAsync(new() { Bridge = new() { Name = "lan" } })).Bridge;
        BridgePort port = (await Service.CreateBridgePortAsync(new() { BridgePort = new() { Bridge = "lan", Interface = "ether1" } })).BridgePort;
        InterfaceList list = (await Service.CreateInterfaceListAsync(new() { InterfaceList = new() { Name = "LAN" } })).InterfaceList;
        V1.InterfaceListMember member = (await Service.CreateInterfaceListMemberAsync(
            new() { InterfaceListMember = new() { List = "LAN", Interface = "lan" } })).InterfaceListMember;
        Address address = (await Service.CreateAddressAsync(new() { Address = new() { Address_ = "10.0.1.1/24", Interface = "lan" } })).Address;
        Address six = (await Service.CreateAddressAsync(
            new() { Address = new() { Family = "ipv6", Address_ = "2001:db8:1::1/64", Interface = "lan" } })).Address;
        Route route = (await Service.CreateRouteAsync(new() { Route = new() { DstAddress = "10.9.0.0/16", Gateway = "10.0.1.9", Distance = 3 } })).Route;
        RoutingTable table = (await Service.CreateRoutingTableAsync(new() { RoutingTable = new() { Name = "isp", Fib = true } })).RoutingTable;
        Vrf vrf = (await Service.CreateVrfAsync(new() { Vrf = new() { Name = "blue", Interfaces = "guests" } })).Vrf;
        Neighbour neighbour = (await Service.CreateNeighbourAsync(
            new() { Neighbour = new() { Address = "10.0.1.9", MacAddress = "02:00:00:00:00:09", Interface = "lan" } })).Neighbour;

        Assert.Equal((true, true, "10.0.1.9%lan", ""), (route.Active, !route.Dynamic, route.ImmediateGw, route.InactiveReason));
        Assert.Equal(("lan", false, false), (address.ActualInterface, address.Invalid, address.Dynamic));
        Assert.Equal(("permanent", true), (neighbour.Status, neighbour.Complete));
        Assert.True(vlan.Running && bridge.Running);
        Assert.Equal(["ether1", "ether2", "lan", "guests"], (await Service.ListInterfacesAsync(new())).Interfaces.Select(each => each.Name));
        Assert.True((await Service.GetInterfaceAsync(new() { Id = "*1" })).Interface.Slave);
        Assert.Contains((await Service.ListRoutesAsync(new())).Routes, each => each is { Connect: true, Dynamic: true, DstAddress: "10.0.1.0/24", Id: "" });
        Assert.Contains((await Service.ListAddressesAsync(new() { Family = "ipv6" })).Addresses, each => each.Dynamic && each.Address_.StartsWith("fe80::", StringComparison.Ordinal));

        await Service.DeleteNeighbourAsync(new() { Id = neighbour.Id });
        await Service.DeleteVrfAsync(new() { Id = vrf.Id });
        await Service.DeleteRoutingTableAsync(new() { Id = table.Id });
        await Service.DeleteRouteAsync(new() { Id = route.Id });
        await Service.DeleteAddressAsync(new() { Id = six.Id, Family = "ipv6" });
        await Service.DeleteAddressAsync(new() { Id = address.Id });
        await Service.DeleteInterfaceListMemberAsync(new() { Id = member.Id });
        await Service.DeleteInterfaceListAsync(new() { Id = list.Id });
        await Service.DeleteBridgePortAsync(new() { Id = port.Id });
        await Service.DeleteBridgeAsync(new() { Id = bridge.Id });
        await Service.DeleteVlanAsync(new() { Id = vlan.Id });
        Assert.Empty((await Service.ListRoutesAsync(new())).Routes);
        Assert.Equal(2, (await Service.ListInterfacesAsync(new())).Interfaces.Count);
    }

    [Fact]
    public async Task What_is_given_changes_and_what_a_mask_names_returns_to_its_default()
    {
        Address address = (await Service.CreateAddressAsync(new() { Address = new() { Address_ = "10.0.1.1/24", Interface = "ether1" } })).Address;
        Route route = (await Service.CreateRouteAsync(new() { Route = new() { Gateway = "10.0.1.9", Distance = 3, Comment = "up" } })).Route;
        route = (await Service.UpdateRouteAsync(new() { Route = new() { Id = route.Id, Gateway = "ether1" } })).Route;
        Assert.Equal(("ether1", 3u, "up", true), (route.Gateway, route.Distance, route.Comment, route.Active));
        route = (await Service.UpdateRouteAsync(new() { Route = new() { Id = route.Id }, UpdateMask = new FieldMask { Paths = { "distance" } } })).Route;
        Assert.Equal((1u, "up"), (route.Distance, route.Comment));

        Interface port = (await Service.UpdateInterfaceAsync(new() { Interface = new() { Id = "*1", Name = "wan", Disabled = true } })).Interface;
        Assert.Equal(("wan", "ether1", true, false), (port.Name, port.DefaultName, port.Disabled, port.Running));
        Assert.Equal("wan", (await Service.GetAddressAsync(new() { Id = address.Id })).Address.Interface);
        route = (await Service.GetRouteAsync(new() { Id = route.Id })).Route;
        Assert.Equal((false, "wan is not running"), (route.Active, route.InactiveReason));
    }

    [Fact]
    public async Task What_is_wrong_is_told_by_field_and_nothing_is_changed()
    {
        Assert.Equal(
            ["address", "interface"],
            (await Violations.OfAsync(() => Service.CreateAddressAsync(new() { Address = new() { Address_ = "10.0.1.300/24", Interface = "ether300" } }).ResponseAsync))
                .Select(violation => violation.Field).Order());
        Assert.Equal("family", Assert.Single(await Violations.OfAsync(() => Service.ListRoutesAsync(new() { Family = "ipx" }).ResponseAsync)).Field);
        Assert.Equal("update_mask", Assert.Single(await Violations.OfAsync(
            () => Service.UpdateInterfaceAsync(new() { Interface = new() { Id = "*1" }, UpdateMask = new FieldMask { Paths = { "running" } } }).ResponseAsync)).Field);
        Assert.Equal("check_gateway", Assert.Single(await Violations.OfAsync(
            () => Service.CreateRouteAsync(new() { Route = new() { Gateway = "ether1", CheckGateway = "ping" } }).ResponseAsync)).Field);
        RpcException missing = await Assert.ThrowsAsync<RpcException>(() => Service.GetVlanAsync(new() { Id = "*fff" }).ResponseAsync);
        Assert.Equal(StatusCode.NotFound, missing.StatusCode);
        Assert.Empty((await Service.ListAddressesAsync(new())).Addresses);
        Assert.Empty((await Service.ListRoutesAsync(new())).Routes);
    }

    [Fact]
    public void Every_property_of_a_menu_is_a_field()
    {
        AssertFields(Vlan.Descriptor, new VlanMenu());
        AssertFields(Bridge.Descriptor, new BridgeMenu());
        AssertFields(BridgePort.Descriptor, new BridgePortMenu());
        AssertFields(InterfaceList.Descriptor, new InterfaceListMenu());
        AssertFields(V1.InterfaceListMember.Descriptor, new InterfaceListMemberMenu());
        AssertFields(RoutingTable.Descriptor, new RoutingTableMenu());
        AssertFields(Vrf.Descriptor, new VrfMenu());
        foreach (RuleFamily family in System.Enum.GetValues<RuleFamily>())
        {
            AssertFields(Address.Descriptor, new AddressMenu(family));
            AssertFields(Route.Descriptor, new RouteMenu(family));
            AssertFields(Neighbour.Descriptor, new NeighbourMenu(family));
        }
    }

    static void AssertFields<T>(MessageDescriptor message, ListMenu<T> menu)
        where T : RouterOs.Settings.ConfigurationEntry => Assert.All(
        menu.Properties.Properties, property => Assert.NotNull(message.FindFieldByName(property.Name.Replace('-', '_'))));
}
