using Conntrack.V1;
using Grpc.Core;

namespace Conntrack.Daemon.Api;

/// <summary><c>conntrack.v1.RouterService</c>: a resource for each menu, and the same five things to do with each.</summary>
sealed class RouterEndpoint(RouterResources router) : RouterService.RouterServiceBase
{
    public override Task<ListInterfacesResponse> ListInterfaces(ListInterfacesRequest request, ServerCallContext context) =>
        Task.FromResult(new ListInterfacesResponse { Interfaces = { router.Interfaces.List() } });

    public override Task<GetInterfaceResponse> GetInterface(GetInterfaceRequest request, ServerCallContext context) =>
        Task.FromResult(new GetInterfaceResponse { Interface = router.Interfaces.Get(request.Id) });

    public override Task<UpdateInterfaceResponse> UpdateInterface(UpdateInterfaceRequest request, ServerCallContext context) =>
        Task.FromResult(new UpdateInterfaceResponse { Interface = router.Interfaces.Update(request.Interface, request.UpdateMask) });

    public override Task<ListVlansResponse> ListVlans(ListVlansRequest request, ServerCallContext context) =>
        Task.FromResult(new ListVlansResponse { Vlans = { router.Vlans.List() } });

    public override Task<GetVlanResponse> GetVlan(GetVlanRequest request, ServerCallContext context) =>
        Task.FromResult(new GetVlanResponse { Vlan = router.Vlans.Get(request.Id) });

    public override Task<CreateVlanResponse> CreateVlan(CreateVlanRequest request, ServerCallContext context) =>
        Task.FromResult(new CreateVlanResponse { Vlan = router.Vlans.Create(request.Vlan) });

    public override Task<UpdateVlanResponse> UpdateVlan(UpdateVlanRequest request, ServerCallContext context) =>
        Task.FromResult(new UpdateVlanResponse { Vlan = router.Vlans.Update(request.Vlan, request.UpdateMask) });

    public override Task<DeleteVlanResponse> DeleteVlan(DeleteVlanRequest request, ServerCallContext context)
    {
        router.Vlans.Delete(request.Id);
        return Task.FromResult(new DeleteVlanResponse());
    }

    public override Task<ListBridgesResponse> ListBridges(ListBridgesRequest request, ServerCallContext context) =>
        Task.FromResult(new ListBridgesResponse { Bridges = { router.Bridges.List() } });

    public override Task<GetBridgeResponse> GetBridge(GetBridgeRequest request, ServerCallContext context) =>
        Task.FromResult(new GetBridgeResponse { Bridge = router.Bridges.Get(request.Id) });

    public override Task<CreateBridgeResponse> CreateBridge(CreateBridgeRequest request, ServerCallContext context) =>
        Task.FromResult(new CreateBridgeResponse { Bridge = router.Bridges.Create(request.Bridge) });

    public override Task<UpdateBridgeResponse> UpdateBridge(UpdateBridgeRequest request, ServerCallContext context) =>
        Task.FromResult(new UpdateBridgeResponse { Bridge = router.Bridges.Update(request.Bridge, request.UpdateMask) });

    public override Task<DeleteBridgeResponse> DeleteBridge(DeleteBridgeRequest request, ServerCallContext context)
    {
        router.Bridges.Delete(request.Id);
        return Task.FromResult(new DeleteBridgeResponse());
    }

    public override Task<ListBridgePortsResponse> ListBridgePorts(ListBridgePortsRequest request, ServerCallContext context) =>
        Task.FromResult(new ListBridgePortsResponse { BridgePorts = { router.BridgePorts.List() } });

    public override Task<GetBridgePortResponse> GetBridgePort(GetBridgePortRequest request, ServerCallContext context) =>
        Task.FromResult(new GetBridgePortResponse { BridgePort = router.BridgePorts.Get(request.Id) });

    public override Task<CreateBridgePortResponse> CreateBridgePort(CreateBridgePortRequest request, ServerCallContext context) =>
        Task.FromResult(new CreateBridgePortResponse { BridgePort = router.BridgePorts.Create(request.BridgePort) });

    public override Task<UpdateBridgePortResponse> UpdateBridgePort(UpdateBridgePortRequest request, ServerCallContext context) =>
        Task.FromResult(new UpdateBridgePortResponse { BridgePort = router.BridgePorts.Update(request.BridgePort, request.UpdateMask) });

    public override Task<DeleteBridgePortResponse> DeleteBridgePort(DeleteBridgePortRequest request, ServerCallContext context)
    {
        router.BridgePorts.Delete(request.Id);
        return Task.FromResult(new DeleteBridgePortResponse());
    }

    public override Task<ListInterfaceListsResponse> ListInterfaceLists(ListInterfaceListsRequest request, ServerCallContext context) =>
        Task.FromResult(new ListInterfaceListsResponse { InterfaceLists = { router.InterfaceLists.List() } });

    public override Task<GetInterfaceListResponse> GetInterfaceList(GetInterfaceListRequest request, ServerCallContext context) =>
        Task.FromResult(new GetInterfaceListResponse { InterfaceList = router.InterfaceLists.Get(request.Id) });

    public override Task<CreateInterfaceListResponse> CreateInterfaceList(CreateInterfaceListRequest request, ServerCallContext context) =>
        Task.FromResult(new CreateInterfaceListResponse { InterfaceList = router.InterfaceLists.Create(request.InterfaceList) });

    public override Task<UpdateInterfaceListResponse> UpdateInterfaceList(UpdateInterfaceListRequest request, ServerCallContext context) =>
        Task.FromResult(new UpdateInterfaceListResponse { InterfaceList = router.InterfaceLists.Update(request.InterfaceList, request.UpdateMask) });

    public override Task<DeleteInterfaceListResponse> DeleteInterfaceList(DeleteInterfaceListRequest request, ServerCallContext context)
    {
        router.InterfaceLists.Delete(request.Id);
        return Task.FromResult(new DeleteInterfaceListResponse());
    }

    public override Task<ListInterfaceListMembersResponse> ListInterfaceListMembers(ListInterfaceListMembersRequest request, ServerCallContext context) =>
        Task.FromResult(new ListInterfaceListMembersResponse { InterfaceListMembers = { router.InterfaceListMembers.List() } });

    public override Task<GetInterfaceListMemberResponse> GetInterfaceListMember(GetInterfaceListMemberRequest request, ServerCallContext context) =>
        Task.FromResult(new GetInterfaceListMemberResponse { InterfaceListMember = router.InterfaceListMembers.Get(request.Id) });

    public override Task<CreateInterfaceListMemberResponse> CreateInterfaceListMember(CreateInterfaceListMemberRequest request, ServerCallContext context) =>
        Task.FromResult(new CreateInterfaceListMemberResponse { InterfaceListMember = router.InterfaceListMembers.Create(request.InterfaceListMember) });

    public override Task<UpdateInterfaceListMemberResponse> UpdateInterfaceListMember(UpdateInterfaceListMemberRequest request, ServerCallContext context) =>
        Task.FromResult(new UpdateInterfaceListMemberResponse { InterfaceListMember = router.InterfaceListMembers.Update(request.InterfaceListMember, request.UpdateMask) });

    public override Task<DeleteInterfaceListMemberResponse> DeleteInterfaceListMember(DeleteInterfaceListMemberRequest request, ServerCallContext context)
    {
        router.InterfaceListMembers.Delete(request.Id);
        return Task.FromResult(new DeleteInterfaceListMemberResponse());
    }

    public override Task<ListAddressesResponse> ListAddresses(ListAddressesRequest request, ServerCallContext context) =>
        Task.FromResult(new ListAddressesResponse { Addresses = { router.Addresses(request.Family).List() } });

    public override Task<GetAddressResponse> GetAddress(GetAddressRequest request, ServerCallContext context) =>
        Task.FromResult(new GetAddressResponse { Address = router.Addresses(request.Family).Get(request.Id) });

    public override Task<CreateAddressResponse> CreateAddress(CreateAddressRequest request, ServerCallContext context) =>
        Task.FromResult(new CreateAddressResponse { Address = router.Addresses(request.Address?.Family).Create(request.Address) });

    public override Task<UpdateAddressResponse> UpdateAddress(UpdateAddressRequest request, ServerCallContext context) =>
        Task.FromResult(new UpdateAddressResponse { Address = router.Addresses(request.Address?.Family).Update(request.Address, request.UpdateMask) });

    public override Task<DeleteAddressResponse> DeleteAddress(DeleteAddressRequest request, ServerCallContext context)
    {
        router.Addresses(request.Family).Delete(request.Id);
        return Task.FromResult(new DeleteAddressResponse());
    }

    public override Task<ListRoutesResponse> ListRoutes(ListRoutesRequest request, ServerCallContext context) =>
        Task.FromResult(new ListRoutesResponse { Routes = { router.Routes(request.Family).List() } });

    public override Task<GetRouteResponse> GetRoute(GetRouteRequest request, ServerCallContext context) =>
        Task.FromResult(new GetRouteResponse { Route = router.Routes(request.Family).Get(request.Id) });

    public override Task<CreateRouteResponse> CreateRoute(CreateRouteRequest request, ServerCallContext context) =>
        Task.FromResult(new CreateRouteResponse { Route = router.Routes(request.Route?.Family).Create(request.Route) });

    public override Task<UpdateRouteResponse> UpdateRoute(UpdateRouteRequest request, ServerCallContext context) =>
        Task.FromResult(new UpdateRouteResponse { Route = router.Routes(request.Route?.Family).Update(request.Route, request.UpdateMask) });

    public override Task<DeleteRouteResponse> DeleteRoute(DeleteRouteRequest request, ServerCallContext context)
    {
        router.Routes(request.Family).Delete(request.Id);
        return Task.FromResult(new DeleteRouteResponse());
    }

    public override Task<ListRoutingTablesResponse> ListRoutingTables(ListRoutingTablesRequest request, ServerCallContext context) =>
        Task.FromResult(new ListRoutingTablesResponse { RoutingTables = { router.RoutingTables.List() } });

    public override Task<GetRoutingTableResponse> GetRoutingTable(GetRoutingTableRequest request, ServerCallContext context) =>
        Task.FromResult(new GetRoutingTableResponse { RoutingTable = router.RoutingTables.Get(request.Id) });

    public override Task<CreateRoutingTableResponse> CreateRoutingTable(CreateRoutingTableRequest request, ServerCallContext context) =>
        Task.FromResult(new CreateRoutingTableResponse { RoutingTable = router.RoutingTables.Create(request.RoutingTable) });

    public override Task<UpdateRoutingTableResponse> UpdateRoutingTable(UpdateRoutingTableRequest request, ServerCallContext context) =>
        Task.FromResult(new UpdateRoutingTableResponse { RoutingTable = router.RoutingTables.Update(request.RoutingTable, request.UpdateMask) });

    public override Task<DeleteRoutingTableResponse> DeleteRoutingTable(DeleteRoutingTableRequest request, ServerCallContext context)
    {
        router.RoutingTables.Delete(request.Id);
        return Task.FromResult(new DeleteRoutingTableResponse());
    }

    public override Task<ListVrfsResponse> ListVrfs(ListVrfsRequest request, ServerCallContext context) =>
        Task.FromResult(new ListVrfsResponse { Vrfs = { router.Vrfs.List() } });

    public override Task<GetVrfResponse> GetVrf(GetVrfRequest request, ServerCallContext context) =>
        Task.FromResult(new GetVrfResponse { Vrf = router.Vrfs.Get(request.Id) });

    public override Task<CreateVrfResponse> CreateVrf(CreateVrfRequest request, ServerCallContext context) =>
        Task.FromResult(new CreateVrfResponse { Vrf = router.Vrfs.Create(request.Vrf) });

    public override Task<UpdateVrfResponse> UpdateVrf(UpdateVrfRequest request, ServerCallContext context) =>
        Task.FromResult(new UpdateVrfResponse { Vrf = router.Vrfs.Update(request.Vrf, request.UpdateMask) });

    public override Task<DeleteVrfResponse> DeleteVrf(DeleteVrfRequest request, ServerCallContext context)
    {
        router.Vrfs.Delete(request.Id);
        return Task.FromResult(new DeleteVrfResponse());
    }

    public override Task<ListNeighboursResponse> ListNeighbours(ListNeighboursRequest request, ServerCallContext context) =>
        Task.FromResult(new ListNeighboursResponse { Neighbours = { router.Neighbours(request.Family).List() } });

    public override Task<GetNeighbourResponse> GetNeighbour(GetNeighbourRequest request, ServerCallContext context) =>
        Task.FromResult(new GetNeighbourResponse { Neighbour = router.Neighbours(request.Family).Get(request.Id) });

    public override Task<CreateNeighbourResponse> CreateNeighbour(CreateNeighbourRequest request, ServerCallContext context) =>
        Task.FromResult(new CreateNeighbourResponse { Neighbour = router.Neighbours(request.Neighbour?.Family).Create(request.Neighbour) });

    public override Task<UpdateNeighbourResponse> UpdateNeighbour(UpdateNeighbourRequest request, ServerCallContext context) =>
        Task.FromResult(new UpdateNeighbourResponse { Neighbour = router.Neighbours(request.Neighbour?.Family).Update(request.Neighbour, request.UpdateMask) });

    public override Task<DeleteNeighbourResponse> DeleteNeighbour(DeleteNeighbourRequest request, ServerCallContext context)
    {
        router.Neighbours(request.Family).Delete(request.Id);
        return Task.FromResult(new DeleteNeighbourResponse());
    }
}
