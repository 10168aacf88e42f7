using Conntrack.Control.Replay;
using Conntrack.Dataplane.Abi;
using Conntrack.Dataplane.Hosting;
using Conntrack.Native;
using Conntrack.RouterOs.Settings;

namespace Conntrack.Control.Router;

/// <summary>
/// The router's interfaces on their devices: attached and configured when made, started and stopped around the workers, removed at the end.
/// One alone is observed, two are a wire.
/// </summary>
public sealed class RouterPorts : IDisposable
{
    /// <summary>
    /// Their kernel spreads packets over the queues by a hash that is the same in both directions: a tap by the flow (tun_select_queue), a
    /// packet socket by its fanout (PACKET_FANOUT_HASH).
    /// </summary>
    static readonly string[] s_spreadByKernel = ["net_tap", "net_af_packet"];

    /// <summary>What leads to the workers' queues is the other end's business: a file each, a ring each, a peer.</summary>
    static readonly string[] s_spreadByPeer = ["net_null", "net_ring", "net_pcap", "net_memif"];

    readonly List<Bound> _ports;
    readonly List<string> _warnings = [];

    RouterPorts(List<Bound> ports) => _ports = ports;

    /// <summary>For the dataplane, by index.</summary>
    public IReadOnlyList<InterfaceOptions> Options { get; private set; } = [];

    /// <summary>Whether two interfaces are each other's exit.</summary>
    public bool IsWire => _ports.Count == 2;

    public int Count => _ports.Count;

    /// <summary>What a user should know about the devices, a line each.</summary>
    public IReadOnlyList<string> Warnings => _warnings;

    /// <summary>Which interfaces are bound, in order of their numbers; nothing is touched yet.</summary>
    /// <exception cref="UserErrorException">A name that no interface has, a device twice, or more interfaces than there is use for.</exception>
    public static RouterPorts Of(IReadOnlyList<PortBinding> bindings, RouterConfiguration configuration)
    {
        SortedDictionary<int, Bound> ports = [];
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
                throw new UserErrorException($"--port: {binding.DeviceName} is given to {taken.Settings.Name} and to {binding.Interface}");
            }

            ports[numbers[0]] = new Bound(configuration.Ethernets[numbers[0]], binding);
        }

        return ports.Count is 1 or 2
            ? new RouterPorts([.. ports.Values])
            : throw new UserErrorException(
                $"--port: {ports.Count} interfaces need routes, which this version has not; one interface is observed, two are a wire");
    }

    /// <summary>PCI devices that EAL has to probe when it starts, with their arguments.</summary>
    public IReadOnlyList<string> PciDevices => [.. _ports.Where(port => port.Binding.IsPci).Select(port => port.Binding.Device)];

    /// <summary>Attaches every device and sets up a pair of queues for each worker.</summary>
    /// <exception cref="UserErrorException">A device that is not there or cannot do what is asked; those before it are removed again.</exception>
    public void Attach(MbufPool pool, int workers)
    {
        foreach (Bound port in _ports)
        {
            try
            {
                port.Attach();
                Configure(port, pool, workers);
            }
            catch (NativeException exception)
            {
                Dispose();
                throw new UserErrorException($"--port: {port.Settings.Name}: {exception.Message}", exception);
            }
            catch (UserErrorException)
            {
                Dispose();
                throw;
            }
        }

        bool disabled = _ports.Exists(port => port.Settings.Disabled);
        PortRole role = IsWire ? PortRole.Wire : PortRole.Observed;
        Options =
        [
            .. _ports.Select((port, index) => new InterfaceOptions(
                PortKind.Device,
                port.Device!.Id,
                port.Settings.Disabled || (IsWire && disabled) ? PortRole.Disabled : role,
                IsWire ? (ushort)(1 - index) : (ushort)0)),
        ];
    }

    public void Start()
    {
        foreach (Bound port in _ports)
        {
            port.Device!.Start();
        }
    }

    public string NameOf(int index) => _ports[index].Settings.Name;

    /// <summary>As rules name interfaces; null for one that no device is bound to.</summary>
    public ushort? DataplaneIndexOf(string name) => _ports.FindIndex(port => port.Settings.Name == name) is >= 0 and int index ? (ushort)index : null;

    public string DeviceOf(int index) => _ports[index].Binding.DeviceName;

    /// <summary>The device's own counters; zeros when it has none to tell.</summary>
    internal PortStatistics StatisticsOf(int index)
    {
        try
        {
            return _ports[index].Device!.Statistics;
        }
        catch (NativeException)
        {
            return default;
        }
    }

    /// <summary>Removes the devices, the last one first; the workers have stopped.</summary>
    public void Dispose()
    {
        foreach (Bound port in _ports.AsEnumerable().Reverse())
        {
            port.Detach();
        }
    }

    void Configure(Bound port, MbufPool pool, int workers)
    {
        EthernetPort device = port.Device!;
        PortInfo info = device.Info;
        RefuseTooFewQueues(port, "receive", info.MaxRxQueues, workers);
        RefuseTooFewQueues(port, "transmit", info.MaxTxQueues, workers);
        PortConfiguration taken = device.Configure(
            new PortConfiguration
            {
                RxQueues = (ushort)workers,
                TxQueues = (ushort)workers,

                // A device keeps the MTU it has unless the script says otherwise: a virtual one would pass it on to somebody's interface.
                Mtu = (ushort)(port.Settings.Mtu == new EthernetSettings(port.Settings.Number).Mtu ? 0 : port.Settings.Mtu),
                Features = PortFeatures.RxScatter | PortFeatures.TxChain | (workers > 1 ? PortFeatures.SymmetricRss : PortFeatures.None),
            },
            pool);
        if (workers > 1 && (taken.Features & PortFeatures.SymmetricRss) == 0)
        {
            RefuseOneSided(port, info.Driver);
        }

        if (port.Settings.MacAddress is { } mac)
        {
            Span<byte> bytes = stackalloc byte[6];
            for (int i = 0; i < bytes.Length; i++)
            {
                bytes[i] = (byte)(mac.Value >> (8 * (bytes.Length - 1 - i)));
            }

            device.SetMac(bytes);
        }

        try
        {
            // A wire and an observer take what is addressed to others.
            device.SetPromiscuous(true);
        }
        catch (NativeException exception) when (exception.Status == -Errno.NotSupported)
        {
            // A device without the switch has nothing that would filter.
        }
    }

    static void RefuseTooFewQueues(Bound port, string kind, int most, int workers)
    {
        if (most < workers)
        {
            throw new UserErrorException(
                $"--workers: {port.Settings.Name}: {port.Binding.DeviceName} has {most} {kind} queue{(most == 1 ? "" : "s")} at most, {workers} workers need one each");
        }
    }

    /// <summary>Both directions of a connection must reach one worker, or neither sees it whole.</summary>
    void RefuseOneSided(Bound port, string driver)
    {
        string name = port.Settings.Name;
        if (s_spreadByPeer.Contains(driver))
        {
            _warnings.Add($"{name}: whoever fills {port.Binding.DeviceName} decides which worker gets a packet; both directions of a connection must get to one");
        }
        else if (!s_spreadByKernel.Contains(driver))
        {
            throw new UserErrorException(
                $"--workers: {name}: {port.Binding.DeviceName} ({driver}) cannot bring both directions of a connection to one worker; use --workers 1");
        }
    }

    sealed class Bound(EthernetSettings settings, PortBinding binding)
    {
        public EthernetSettings Settings { get; } = settings;

        public PortBinding Binding { get; } = binding;

        public EthernetPort? Device { get; private set; }

        /// <summary>What EAL attached itself, from the PCI bus or by the user's own --vdev, is found by its name.</summary>
        public void Attach()
        {
            try
            {
                Device = Binding.IsPci ? EthernetPort.Find(Binding.DeviceName) : EthernetPort.Attach(Binding.Device);
            }
            catch (NativeException exception) when (exception.Status == -Errno.Exists)
            {
                Device = EthernetPort.Find(Binding.DeviceName);
            }
        }

        public void Detach()
        {
            try
            {
                Device?.Detach();
            }
            catch (NativeException)
            {
                // A tap that was moved to another namespace cannot be taken down from here; it goes with its file descriptor.
            }

            Device = null;
        }
    }
}
