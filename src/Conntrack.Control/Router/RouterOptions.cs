using System.Net;
using Conntrack.Control.Settings.Revisions;
using Conntrack.Dataplane.Hosting;

namespace Conntrack.Control.Router;

/// <summary>What <c>ctrack run</c> was asked to do. Checked in itself; files, interfaces and devices are looked up when it starts.</summary>
public sealed record RouterOptions
{
    public const int MaxWorkers = 64;
    public const string DefaultHostInterface = "ct-host";

    /// <summary>RouterOS script to load at start; null for the latest revision.</summary>
    public string? ConfigFile { get; init; }

    /// <summary>Where revisions of the configuration are kept.</summary>
    public StateLocation State { get; init; } = StateLocation.Default;

    /// <summary>At least one, no interface twice.</summary>
    public required IReadOnlyList<PortBinding> Ports { get; init; }

    /// <summary>1 to <see cref="MaxWorkers"/>.</summary>
    public int Workers { get; init; } = 1;

    /// <summary>
    /// Name of the host's interface behind which its own programs reach the router, and are reached through it; a router makes it when it
    /// routes. Null for none.
    /// </summary>
    public string? HostInterface { get; init; } = DefaultHostInterface;

    /// <summary>Who is asked for the addresses of names in address lists; none for the name servers that the host itself asks.</summary>
    public IReadOnlyList<IPEndPoint> NameServers { get; init; } = [];

    public DataplaneRuntime Runtime { get; init; } = DataplaneRuntime.Aot;

    /// <summary>Takes what rules log, a line each, from the control thread: it must not wait for anybody. Null for nobody.</summary>
    public Action<string>? FirewallLog { get; init; }

    /// <summary>What goes to DPDK as it is, behind our own arguments.</summary>
    public IReadOnlyList<string> EalArguments { get; init; } = [];
}
