using System.Diagnostics;
using Conntrack.Live.Routers;

namespace Conntrack.Live.Bed;

/// <summary>The hosts, the router between them and the links, made for a scene and taken down after it, whatever happened in between.</summary>
sealed class Site : IAsyncDisposable
{
    static readonly TimeSpan s_patience = TimeSpan.FromSeconds(15);

    readonly List<IAsyncDisposable> _parts = [];
    readonly List<Host> _hosts = [];

    Site(Arrangement arrangement, Layout layout, Options options)
    {
        Arrangement = arrangement;
        Layout = layout;
        Options = options;
        Plan = AddressPlan.For(arrangement, layout);
        Folder = options.Folder.New("site");
    }

    public Arrangement Arrangement { get; }

    public Layout Layout { get; }

    public Options Options { get; }

    public AddressPlan Plan { get; }

    /// <summary>Of this site alone.</summary>
    public string Folder { get; }

    public Router Router { get; private set; } = null!;

    public Host Client => Of("client");

    public Host Server => Of("server");

    public Host Third => Of("third");

    /// <summary>Builds it and waits until a packet passes.</summary>
    /// <exception cref="CheckSkippedException">This machine or this build has not what it takes.</exception>
    public static async Task<Site> CreateAsync(Arrangement arrangement, Layout layout, Options options, CancellationToken stop)
    {
        var site = new Site(arrangement, layout, options);
        try
        {
            await site.BuildAsync(stop);
            await site.AwaitPassageAsync(stop);
            return site;
        }
        catch
        {
            await site.DisposeAsync();
            throw;
        }
    }

    public Host Of(string role) => _hosts.Find(host => host.Plan.Role == role) ?? throw new CheckSkippedException($"there is no {role} here");

    public async ValueTask DisposeAsync()
    {
        // The last made goes first: programs before the namespaces they are in.
        foreach (IAsyncDisposable part in _parts.AsEnumerable().Reverse())
        {
            await part.DisposeAsync();
        }

        _parts.Clear();
    }

    async Task BuildAsync(CancellationToken stop)
    {
        Namespace router = await SpaceAsync("router");
        Dictionary<string, Namespace> spaces = [];
        foreach (HostPlan host in Plan.Hosts)
        {
            spaces[host.Role] = await SpaceAsync(host.Role);
        }

        // What is at the other end of a port: the host itself, or a switch with a trunk to the router.
        List<(int Port, Namespace Space, string Link)> ends = [];
        foreach (IGrouping<int, HostPlan> port in Plan.Hosts.GroupBy(host => host.Port))
        {
            ends.Add(Layout.HasVlans
                ? (port.Key, await SpaceAsync($"trunk{port.Key}"), TapAt(port.Key) ?? "trunk")
                : (port.Key, spaces[port.Single().Role], TapAt(port.Key) ?? port.Single().Link));
        }

        Router = Arrangement.IsCtrack ? new CtrackRouter(this, router) : new KernelRouter(this, router);
        _parts.Add(Router);
        await Router.StartAsync(ends, stop);
        if (Layout.HasVlans)
        {
            foreach ((int port, Namespace trunk, string link) in ends)
            {
                _parts.Add(await VlanSwitch.StartAsync(trunk, link, Plan.Hosts.Where(host => host.Port == port), spaces, stop));
            }
        }

        foreach (HostPlan plan in Plan.Hosts)
        {
            var host = new Host(spaces[plan.Role], plan.Vlan == 0 && TapAt(plan.Port) is { } tap ? plan with { Link = tap } : plan);
            await host.AttachAsync();
            _hosts.Add(host);
        }

        if (Layout.IsNarrowBeyond)
        {
            _hosts.Add(await NarrowRouter.AddServerAsync(spaces["narrow"], await SpaceAsync("server")));
        }
    }

    /// <summary>The interface that a port on a tap brings; null for other ports.</summary>
    string? TapAt(int port) => Arrangement is { IsCtrack: true, Ports: PortType.Tap } ? $"tap{port}" : null;

    async Task<Namespace> SpaceAsync(string role)
    {
        Namespace made = await Namespace.CreateAsync(role);
        _parts.Add(made);
        return made;
    }

    /// <summary>Neighbours are found and both families pass; what is measured then does not depend on who was up first.</summary>
    async Task AwaitPassageAsync(CancellationToken stop)
    {
        foreach (Host to in _hosts.Where(host => host != Client))
        {
            foreach (int family in (int[])[4, 6])
            {
                await AwaitPassageAsync(Client, to, family, stop);
            }
        }
    }

    /// <summary>How long it took until an echo came back.</summary>
    /// <exception cref="CheckFailedException">None did.</exception>
    public async Task<TimeSpan> AwaitPassageAsync(Host from, Host to, int family, CancellationToken stop)
    {
        var clock = Stopwatch.StartNew();
        using var late = CancellationTokenSource.CreateLinkedTokenSource(stop);
        late.CancelAfter(s_patience);
        try
        {
            while ((await from.Namespace.TryAsync(late.Token, "ping", $"-{family}", "-c", "1", "-W", "1", to.Address(family))).ExitCode != 0)
            {
                Router.ThrowIfEnded();
                await Task.Delay(50, late.Token);
            }

            return clock.Elapsed;
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            throw new CheckFailedException(
                $"no IPv{family} packet gets from {from.Plan.Role} to {to.Plan.Role} and back within {s_patience.TotalSeconds:0} s{await Router.DescribeAsync(stop)}");
        }
    }
}
