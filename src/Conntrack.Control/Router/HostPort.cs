using Conntrack.Control.Host;
using Conntrack.Control.Replay;
using Conntrack.Control.Routing;
using Conntrack.Dataplane.Abi;
using Conntrack.Dataplane.Hosting;
using Conntrack.Native;
using Conntrack.RouterOs.Settings;

namespace Conntrack.Control.Router;

/// <summary>
/// The port behind which the host's own programs are: a tap that is there while the router routes. It is the dataplane's last port, and its
/// interface on the host's side is kept as the router is.
/// </summary>
/// <param name="name">Of the host's interface; null when there is to be none.</param>
/// <param name="index">The port's number.</param>
/// <param name="dataplane">Is told when it is there.</param>
/// <param name="pool">Where packet buffers come from.</param>
/// <param name="tell">Takes what a user should know, a line each.</param>
sealed class HostPort(string? name, int index, DataplaneHost dataplane, MbufPool pool, Action<string> tell) : IDisposable
{
    /// <summary>Its place among the ports of the dataplane, which are counted when that is made.</summary>
    public static InterfaceOptions Slot { get; } = new(PortKind.Device, DevicePort: 0, PortRole.Host);

    /// <summary>DPDK's name of the device.</summary>
    public const string Device = "net_tap_host";

    BoundPort? _port;
    HostNetwork? _network;
    KernelSilence? _silence;

    /// <summary>The kernel's name of it; null while it is not there.</summary>
    public string? Name => _port?.Binding.KernelInterface("net_tap");

    /// <summary>For the compiler; null while it is not there.</summary>
    public HostFacts? Facts => _port is null ? null : new HostFacts(_port.Facts.Mac);

    /// <summary>Before a router is published: makes the port if it routes.</summary>
    public void Prepare(bool routes)
    {
        if (!routes || _port is not null || name is null)
        {
            return;
        }

        string free = HostNetwork.FreeName(name);
        var port = new BoundPort(0, new PortBinding(free, $"{Device},iface={free}"));
        try
        {
            port.Open(pool, dataplane.Options.Workers, new EthernetSettings(EthernetSettings.LeastNumber) { Name = free });
            dataplane.OpenPort(index, port.Device!.Value);
            _network = new HostNetwork(free, tell);
            _silence = new KernelSilence(free, tell);
            _port = port;
        }
        catch (Exception exception) when (exception is NativeException or UserErrorException)
        {
            tell($"warning: {free}: {exception.Message}; the host's own programs are not reached through the router");
        }
    }

    /// <summary>After it was published: the host's side follows, or goes when nothing is routed any more.</summary>
    /// <param name="router">What is in force.</param>
    /// <param name="heard">Interfaces of the kernel's that ports hear by packet sockets.</param>
    public void Follow(CompiledRouter router, IEnumerable<string> heard)
    {
        if (router.Shape == RouterShape.Routed)
        {
            // First, so that the kernel never has the router's addresses while it hears the router's frames.
            _silence?.Follow(heard);
            _network?.Follow(HostState.Of(router));
        }
        else if (_port is not null)
        {
            dataplane.ClosePort(index);
            Dispose();
        }
    }

    /// <summary>Removes it; no worker asks it for anything any more.</summary>
    public void Dispose()
    {
        _network?.Dispose();
        _network = null;
        _silence?.Dispose();
        _silence = null;
        _port?.Close();
        _port = null;
    }
}
