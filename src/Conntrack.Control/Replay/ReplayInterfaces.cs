using Conntrack.Control.Firewall;
using Conntrack.Control.Routing;
using Conntrack.Dataplane.Abi;
using Conntrack.Dataplane.Hosting;
using Conntrack.Dataplane.Hosting.Routing;
using Conntrack.Dataplane.Routing;
using Conntrack.RouterOs.Settings;

namespace Conntrack.Control.Replay;

/// <summary>
/// The interfaces of a replay. Ports are those its inputs and outputs name, in order of their numbers; one alone is observed, two are a wire.
/// In a router there is every port that the configuration names besides: where a packet goes does not depend on what was captured.
/// </summary>
sealed class ReplayInterfaces
{
    /// <summary>MAC address of etherN in a replay: 02:00:00:00:00:NN.</summary>
    const ulong Macs = 0x02_00_00_00_00_00;

    readonly int[] _ports;
    readonly RouterConfiguration _configuration;
    readonly CompiledRouter _router;

    ReplayInterfaces(int[] ports, RouterConfiguration configuration, RouterShape shape, bool answersNeighbours)
    {
        _ports = ports;
        _configuration = configuration;
        PortFacts[] facts = [.. ports.Select(number => new PortFacts(number) { Mac = new MacAddress(Macs | (uint)number), AnyMac = true })];
        _router = new RouterCompiler(ports.Length).Compile(configuration, facts, shape);
        Router = _router.Spec with
        {
            Switches = _router.Spec.Switches | (answersNeighbours ? RouterSwitches.AnswerNeighbours : RouterSwitches.None),
        };
        ForRules = new RuleInterfaces(configuration, _router);
    }

    /// <summary>Two interfaces are each the other's exit.</summary>
    public bool IsWire => _router.Shape == RouterShape.Wire;

    /// <summary>Ports for the dataplane, by index.</summary>
    public IReadOnlyList<InterfaceOptions> Options =>
        [.. _ports.Select(_ => new InterfaceOptions(PortKind.Capture, DevicePort: 0, PortRole.Disabled))];

    /// <summary>What the ports are part of.</summary>
    public RouterSpec Router { get; }

    public RuleInterfaces ForRules { get; }

    /// <summary>Addresses and routes as they stand.</summary>
    public CompiledRouter Compiled => _router;

    /// <exception cref="UserErrorException">A name that no interface has, or a configuration that cannot be had.</exception>
    public static ReplayInterfaces Of(ReplayOptions options, RouterConfiguration configuration)
    {
        SortedSet<int> ports = [];
        foreach ((string option, InterfaceCapture capture) in options.Inputs.Select(input => ("--in", input))
            .Concat(options.Outputs.Select(output => ("--out", output))))
        {
            ports.Add(configuration.Ethernets.NumbersOf(capture.Interface) is [int only]
                ? only
                : throw new UserErrorException(
                    $"{option}: no interface is named {capture.Interface}; they are ether1 to ether{EthernetSettings.MostNumber} unless the script renames them"));
        }

        RouterShape shape = ports.Count > 1 ? RouterShapes.Of(configuration, ports.Count)
            : options.Inputs is [{ IsBothDirections: false } alone] && RouterShapes.HasAddress(configuration, alone.Interface) ? RouterShape.Routed
            : RouterShape.Observed;
        if (shape == RouterShape.Routed)
        {
            ports.UnionWith(NamedPorts.In(configuration));
        }

        try
        {
            return new ReplayInterfaces([.. ports], configuration, shape, options.AnswerNeighbours);
        }
        catch (Settings.ConfigurationRefusedException exception)
        {
            throw new UserErrorException($"--config: {exception.Message}", exception);
        }
    }

    /// <summary>Index of a port.</summary>
    public int IndexOf(string name) => Array.FindIndex(_ports, number => _configuration.Ethernets[number].Name == name);

    /// <summary>Null for none, and for the router itself.</summary>
    public string? NameOrNone(ushort number) => _router.Interfaces.Numbered(number)?.Name;

    /// <summary>Of a port, or of an interface that packets leave by.</summary>
    public string NameOf(int number) => _router.Interfaces.Numbered((ushort)number)!.Name;
}
