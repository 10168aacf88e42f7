using Conntrack.V1;
using Microsoft.AspNetCore.Builder;

namespace Conntrack.Daemon.Api;

/// <summary>The services there are.</summary>
static class RouterServices
{
    /// <summary>By their full names, for <c>grpc.health.v1</c>.</summary>
    public static IReadOnlyList<string> Names { get; } =
    [
        ConfigService.Descriptor.FullName,
        ConnectionService.Descriptor.FullName,
        ConsoleService.Descriptor.FullName,
        FirewallService.Descriptor.FullName,
        RouterService.Descriptor.FullName,
        TelemetryService.Descriptor.FullName,
        TrackingService.Descriptor.FullName,
    ];

    public static void Map(WebApplication application)
    {
        application.MapGrpcService<ConfigEndpoint>();
        application.MapGrpcService<ConnectionEndpoint>();
        application.MapGrpcService<ConsoleEndpoint>();
        application.MapGrpcService<FirewallEndpoint>();
        application.MapGrpcService<RouterEndpoint>();
        application.MapGrpcService<TelemetryEndpoint>();
        application.MapGrpcService<TrackingEndpoint>();
        application.MapGrpcReflectionService();
        application.MapGrpcHealthChecksService();
    }
}
