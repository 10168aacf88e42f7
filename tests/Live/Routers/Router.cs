using Conntrack.Live.Bed;

namespace Conntrack.Live.Routers;

/// <summary>Who stands between the hosts.</summary>
abstract class Router(Site site, Namespace space) : IAsyncDisposable
{
    /// <summary>TCP from hosts to this port is dropped in the forward chain.</summary>
    public const int ForbiddenPort = 4444;

    /// <summary>A daemon of the router's own on this port may be reached, on the other not.</summary>
    public const int OpenDaemonPort = 8081, ClosedDaemonPort = 8082;

    protected Site Site { get; } = site;

    public Namespace Namespace { get; } = space;

    /// <param name="ends">The other end of each port: where it is to be, and under which name.</param>
    /// <param name="stop">Ends the wait.</param>
    public abstract Task StartAsync(IReadOnlyList<(int Port, Namespace Space, string Link)> ends, CancellationToken stop);

    /// <summary>Every connection it has.</summary>
    public abstract Task<IReadOnlyList<ListedConnection>> ConnectionsAsync(CancellationToken stop);

    public abstract Task AddRouteAsync(string network, string gateway, CancellationToken stop);

    public abstract Task RemoveRouteAsync(string network, CancellationToken stop);

    /// <summary>Takes an interface's IPv4 address away.</summary>
    public abstract Task RemoveAddressAsync(InterfacePlan at, CancellationToken stop);

    /// <summary>Gives it back.</summary>
    public abstract Task AddAddressAsync(InterfacePlan at, CancellationToken stop);

    /// <summary>
    /// nat's chains output and input: what the router itself sends to an address goes to another, and who asks one of its daemons comes from another.
    /// </summary>
    public abstract Task TranslateOwnAsync(string asked, string goes, int daemonPort, string comes, CancellationToken stop);

    /// <summary>The router as the client sees it: the machine it runs on, under its address in the client's network.</summary>
    public Host AsHost => Site.Plan.Interfaces.Count == 0
        ? throw new CheckSkippedException("there is no address of its own")
        : new Host(Namespace, new HostPlan("router", 0, 0, Site.Plan.Interfaces[0].Address4, Site.Plan.Interfaces[0].Address6));

    /// <exception cref="CheckFailedException">It has ended by itself.</exception>
    public virtual void ThrowIfEnded()
    {
    }

    /// <summary>What it knows about packets that do not come through.</summary>
    public virtual Task<string> DescribeAsync(CancellationToken stop) => Task.FromResult("");

    /// <summary>What must hold of it when the scene is over; a name and its outcome each.</summary>
    public virtual Task<IReadOnlyList<(string Name, Outcome Outcome)>> EndAsync() => Task.FromResult<IReadOnlyList<(string, Outcome)>>([]);

    public abstract ValueTask DisposeAsync();

    /// <summary>A veth pair, one end here, the other at the host, with nothing left to hardware that is not there.</summary>
    protected async Task AddVethAsync(int port, Namespace space, string link)
    {
        string own = $"ether{port}";
        await Namespace.IpAsync("link", "add", own, "type", "veth", "peer", "name", link, "netns", space.Name);
        await Host.TurnOffloadsOffAsync(Namespace, own);
    }
}
