using Conntrack.Control.Firewall;
using Conntrack.Control.Routing;
using Conntrack.Control.Settings;
using Conntrack.Dataplane.Hosting;
using Conntrack.Native;
using Conntrack.RouterOs.Settings;
using Conntrack.Tracking;

namespace Conntrack.Control.Router;

/// <summary>
/// What a running dataplane goes by: interfaces and routes, rules and tracking of one configuration, which change together; and routes alone
/// when a link comes or goes.
/// </summary>
/// <param name="dataplane">Whose workers take it up.</param>
/// <param name="ports">Their facts are looked at anew for every publication.</param>
/// <param name="host">The way to the host's own programs.</param>
sealed class RouterInForce(DataplaneHost dataplane, RouterPorts ports, HostPort host)
{
    readonly Lock _changes = new();
    readonly RouterCompiler _compiler = new(ports.Count);
    readonly RulesInForce _rules = new(dataplane);
    RouterConfiguration _configuration = RouterConfiguration.Default;
    volatile CompiledRouter? _current;

    /// <summary>What is in force.</summary>
    public CompiledRouter Current => _current!;

    public RulesInForce Rules => _rules;

    /// <summary>What stands against a configuration while this router runs.</summary>
    /// <exception cref="ConfigurationRefusedException">Something does.</exception>
    public void Check(RouterConfiguration configuration)
    {
        if (Compile(configuration, ports.Count).MaxEntries > dataplane.ReservedEntries)
        {
            throw new ConfigurationRefusedException(
                [new PropertyProblem("max-entries", $"max-entries: above {dataplane.ReservedEntries} it takes a restart with the number in the script")]);
        }
    }

    /// <summary>
    /// Brings a configuration into force: everything is compiled before anything is published, and what cannot be published to its end is
    /// taken back.
    /// </summary>
    /// <exception cref="ConfigurationRefusedException">It cannot be had; the one before is in force.</exception>
    public void Publish(RouterConfiguration configuration)
    {
        lock (_changes)
        {
            CompiledRouter? before = _current;
            Check(configuration);
            TrackingParameters tracking = Compile(configuration, ports.Count);
            RouterShape shape = RouterShapes.Of(configuration, ports.Count);
            host.Prepare(shape == RouterShape.Routed);
            try
            {
                CompiledRouter router = _compiler.Compile(configuration, ports.Facts, shape, host.Facts);
                Publish(configuration, router, tracking);
            }
            catch (Exception exception) when (exception is NativeException or ArgumentException or InsufficientMemoryException or TimeoutException)
            {
                Restore(before);
                throw new ConfigurationRefusedException([new PropertyProblem("", exception.Message)]);
            }
            catch (ConfigurationRefusedException)
            {
                if (before is not null)
                {
                    host.Follow(before, ports.HeardByKernel);
                }

                throw;
            }

            _configuration = configuration;
            host.Follow(Current, ports.HeardByKernel);
        }
    }

    /// <summary>Compiles the routes again, because a link has come or gone, or something else that the configuration does not say.</summary>
    /// <exception cref="NativeException">No memory for a forwarding table; the routes before stay in force.</exception>
    public void Refresh()
    {
        lock (_changes)
        {
            CompiledRouter router = _compiler.Compile(
                _configuration, ports.Facts, RouterShapes.Of(_configuration, ports.Count), host.Facts);
            dataplane.PublishRouter(router.Spec);
            _current = router;
            host.Follow(router, ports.HeardByKernel);
        }
    }

    /// <summary>Carries out what must not come between two halves of a change.</summary>
    public void Between(Action<RouterConfiguration> action)
    {
        lock (_changes)
        {
            action(_configuration);
        }
    }

    /// <summary>A wire is there to track: it does unless told no.</summary>
    public static TrackingParameters Compile(RouterConfiguration configuration, int ports) => TrackingCompiler.Compile(
        configuration,
        RouterShapes.Of(configuration, ports) == RouterShape.Wire ? TrackedFamilies.Both : TrackingCompiler.FamiliesWithRules(configuration.Rules));

    void Publish(RouterConfiguration configuration, CompiledRouter router, TrackingParameters tracking)
    {
        // Rules first: what an interface may do is known before the first packet comes by it.
        _rules.Publish(configuration.Rules, new RuleInterfaces(configuration, router));
        dataplane.PublishRouter(router.Spec);
        dataplane.ReplaceTracking(tracking);
        _current = router;
    }

    void Restore(CompiledRouter? before)
    {
        if (before is null)
        {
            return;
        }

        _rules.Publish(_configuration.Rules, new RuleInterfaces(_configuration, before));
        dataplane.PublishRouter(before.Spec);
        host.Follow(before, ports.HeardByKernel);
        _current = before;
    }
}
