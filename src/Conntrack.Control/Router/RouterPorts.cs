using Conntrack.Control.Replay;
using Conntrack.Control.Routing;
using Conntrack.Dataplane.Abi;
using Conntrack.Dataplane.Hosting;
using Conntrack.Native;
using Conntrack.RouterOs.Settings;

namespace Conntrack.Control.Router;

/// <summary>A port's device.</summary>
/// <param name="Device">What DPDK calls it.</param>
/// <param name="Error">Why it is not open; empty while it is.</param>
/// <param name="LinkDowns">How often its link has gone down since the start.</param>
public sealed record PortStatus(string Device, string Error, uint LinkDowns);

/// <summary>The router's ports in order of their interfaces' numbers, each at the index that is its number in the dataplane.</summary>
public sealed class RouterPorts : IDisposable
{
    readonly List<BoundPort> _ports;

    RouterPorts(List<BoundPort> ports) => _ports = ports;

    public int Count => _ports.Count;

    /// <summary>As the compiler is to know them.</summary>
    public IReadOnlyList<PortFacts> Facts => [.. _ports.Select(port => port.Facts)];

    internal IReadOnlyList<BoundPort> All => _ports;

    /// <summary>Interfaces whose frames the kernel's own stack gets too.</summary>
    internal IEnumerable<string> HeardByKernel => _ports.Select(port => port.HeardByKernel).OfType<string>();

    /// <summary>Which interfaces are bound, in order of their numbers; nothing is touched yet.</summary>
    /// <exception cref="UserErrorException">A name that no interface has, or a device twice.</exception>
    public static RouterPorts Of(IReadOnlyList<PortBinding> bindings, RouterConfiguration configuration)
    {
        SortedDictionary<int, BoundPort> ports = [];
        foreach (PortBinding binding in bindings)
        {
            IReadOnlyList<int> numbers = configuration.Ethernets.NumbersOf(binding.Interface);
            if (numbers.Count != 1)
            {
                throw new UserErrorException(
                    $"--port: no interface is named {binding.Interface}; they are ether1 to ether{EthernetSettings.MostNumber} unless the script renames them");
            }

            if (ports.Values.FirstOrDefault(other => other.Binding.DeviceName == binding.DeviceName) is { } taken)
            {
                throw new UserErrorException(
                    $"--port: {binding.DeviceName} is given to {configuration.Ethernets[taken.Number].Name} and to {binding.Interface}");
            }

            ports[numbers[0]] = new BoundPort(numbers[0], binding);
        }

        return new RouterPorts([.. ports.Values]);
    }

    /// <summary>PCI devices that EAL has to probe when it starts, with their arguments.</summary>
    public IReadOnlyList<string> PciDevices => [.. _ports.Where(port => port.Binding.IsPci).Select(port => port.Binding.Device)];

    /// <summary>Opens every port.</summary>
    /// <param name="pool">Where packet buffers come from.</param>
    /// <param name="workers">Pairs of queues.</param>
    /// <param name="configuration">Has what is set of the interfaces.</param>
    /// <param name="isOptional">Whether one that cannot be opened is left for later; <paramref name="warn"/> is told.</param>
    /// <param name="warn">Takes what a user should know, a line each.</param>
    /// <exception cref="UserErrorException">A device that is not there or cannot do what is asked; those before it are removed again.</exception>
    public void Open(MbufPool pool, int workers, RouterConfiguration configuration, bool isOptional, Action<string> warn)
    {
        foreach (BoundPort port in _ports)
        {
            EthernetSettings settings = configuration.Ethernets[port.Number];
            try
            {
                port.Open(pool, workers, settings);
                port.Warnings.ForEach(warn);
            }
            catch (NativeException exception) when (isOptional && port.Binding.IsPlausible)
            {
                port.Fail(exception.Message);
                warn($"{settings.Name}: {exception.Message}; it is tried again");
            }
            catch (NativeException exception)
            {
                Dispose();
                throw new UserErrorException($"--port: {settings.Name}: {exception.Message}", exception);
            }
            catch (UserErrorException)
            {
                Dispose();
                throw;
            }
        }
    }

    /// <summary>For the dataplane, by index; a port that is not open has the device number 0.</summary>
    public IReadOnlyList<InterfaceOptions> Options =>
        [.. _ports.Select(port => new InterfaceOptions(PortKind.Device, port.Device ?? 0, PortRole.Disabled))];

    /// <summary>Tells the dataplane which ports are open: none behind these yet.</summary>
    public void Connect(DataplaneHost dataplane)
    {
        for (int index = 0; index < dataplane.Options.Interfaces.Count; index++)
        {
            if (index >= _ports.Count || _ports[index].Device is null)
            {
                dataplane.ClosePort(index);
            }
        }
    }

    /// <summary>The N of <c>etherN</c>.</summary>
    public int NumberOf(int index) => _ports[index].Number;

    public string DeviceOf(int index) => _ports[index].Binding.DeviceName;

    /// <summary>What there is to tell of the device of <c>etherN</c>; null when none is bound to it.</summary>
    public PortStatus? StatusOf(int number) => _ports.Find(port => port.Number == number) is { } port
        ? new PortStatus(port.Binding.DeviceName, port.Error, port.LinkDowns)
        : null;

    /// <summary>The device's own counters; zeros when it has none to tell.</summary>
    internal PortStatistics StatisticsOf(int index) => _ports[index].Statistics;

    /// <summary>Removes the devices, the last one first; the workers have stopped.</summary>
    public void Dispose()
    {
        foreach (BoundPort port in _ports.AsEnumerable().Reverse())
        {
            port.Close();
        }
    }
}
