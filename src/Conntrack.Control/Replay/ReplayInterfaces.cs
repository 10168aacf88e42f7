using Conntrack.Dataplane.Abi;
using Conntrack.Dataplane.Hosting;
using Conntrack.RouterOs.Settings;

namespace Conntrack.Control.Replay;

/// <summary>
/// The interfaces of a replay: those its inputs and outputs name, in order of their numbers. One alone is observed, two are a wire, more
/// are a router's.
/// </summary>
sealed class ReplayInterfaces
{
    readonly List<EthernetSettings> _ports;

    ReplayInterfaces(List<EthernetSettings> ports)
    {
        _ports = ports;
        bool disabled = ports.Exists(port => port.Disabled);
        PortRole role = ports.Count switch
        {
            1 => PortRole.Observed,
            2 => PortRole.Wire,
            _ => PortRole.Routed,
        };
        Options =
        [
            .. ports.Select((port, index) => new InterfaceOptions(
                PortKind.Capture,
                DevicePort: 0,
                port.Disabled || (role == PortRole.Wire && disabled) ? PortRole.Disabled : role,
                WirePeer: (ushort)(1 - Math.Min(index, 1)))),
        ];
    }

    /// <summary>Two interfaces are each the other's exit.</summary>
    public bool IsWire => _ports.Count == 2;

    /// <summary>For the dataplane, by index.</summary>
    public IReadOnlyList<InterfaceOptions> Options { get; }

    /// <exception cref="UserErrorException">A name that no interface has.</exception>
    public static ReplayInterfaces Of(ReplayOptions options, RouterConfiguration configuration)
    {
        SortedDictionary<int, EthernetSettings> ports = [];
        foreach ((string option, InterfaceCapture capture) in options.Inputs.Select(input => ("--in", input))
            .Concat(options.Outputs.Select(output => ("--out", output))))
        {
            IReadOnlyList<int> numbers = configuration.Ethernets.NumbersOf(capture.Interface);
            if (numbers.Count != 1)
            {
                throw new UserErrorException(
                    $"{option}: no interface is named {capture.Interface}; they are ether1 to ether{EthernetSettings.MostNumber} unless the script renames them");
            }

            ports[numbers[0]] = configuration.Ethernets[numbers[0]];
        }

        return new ReplayInterfaces([.. ports.Values]);
    }

    public int IndexOf(string name) => _ports.FindIndex(port => port.Name == name);

    public string NameOf(int index) => _ports[index].Name;

    /// <summary>As rules name interfaces; null for one that this replay does not have.</summary>
    public ushort? DataplaneIndexOf(string name) => IndexOf(name) is >= 0 and int index ? (ushort)index : null;
}
