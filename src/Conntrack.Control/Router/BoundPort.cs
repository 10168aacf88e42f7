using Conntrack.Control.Replay;
using Conntrack.Control.Routing;
using Conntrack.Native;
using Conntrack.RouterOs.Settings;

namespace Conntrack.Control.Router;

/// <summary>One port on its device: attached, set up and started when opened, removed when closed, and opened again after trouble.</summary>
/// <param name="number">The N of <c>etherN</c>; 0 for the port of the host's own programs.</param>
/// <param name="binding">Its device.</param>
sealed class BoundPort(int number, PortBinding binding)
{
    /// <summary>
    /// Their kernel spreads packets over the queues by a hash that is the same in both directions: a tap by the flow (tun_select_queue), a
    /// packet socket by its fanout (PACKET_FANOUT_HASH).
    /// </summary>
    static readonly string[] s_spreadByKernel = ["net_tap", "net_af_packet"];

    /// <summary>What leads to the workers' queues is the other end's business: a file each, a ring each, a peer.</summary>
    static readonly string[] s_spreadByPeer = ["net_null", "net_ring", "net_pcap", "net_memif"];

    EthernetPort? _device;
    KernelLink? _kernel;

    public int Number => number;

    public PortBinding Binding => binding;

    /// <summary>DPDK's number of it while it is open.</summary>
    public ushort? Device => _device?.Id;

    /// <summary>The kernel's interface while it is open by a packet socket, which hears a copy of what the kernel hears.</summary>
    public string? HeardByKernel { get; private set; }

    /// <summary>As it was when it was last open.</summary>
    public PortFacts Facts { get; private set; } = new(number) { HasLink = false };

    /// <summary>Why it is not open; empty while it is.</summary>
    public string Error { get; private set; } = "";

    /// <summary>How often its link has gone down since the start.</summary>
    public uint LinkDowns { get; private set; }

    /// <summary>What a user should know about the device, a line each.</summary>
    public List<string> Warnings { get; } = [];

    /// <summary>The device's own counters; zeros when it has none to tell.</summary>
    public PortStatistics Statistics
    {
        get
        {
            try
            {
                return _device?.Statistics ?? default;
            }
            catch (NativeException)
            {
                return default;
            }
        }
    }

    /// <summary>Attaches the device, sets up a pair of queues for each worker and starts it.</summary>
    /// <exception cref="NativeException">The device is not there or does not start; nothing is left of it.</exception>
    /// <exception cref="UserErrorException">It cannot do what is asked; likewise.</exception>
    public void Open(MbufPool pool, int workers, EthernetSettings settings)
    {
        try
        {
            _device = Attach();
            Configure(_device, pool, workers, settings);
            _device.Start();
            PortInfo info = _device.Info;
            _kernel = binding.KernelInterface(info.Driver) is { } name ? new KernelLink(name, isTap: info.Driver == "net_tap") : null;
            HeardByKernel = info.Driver == "net_af_packet" ? binding.KernelInterface(info.Driver) : null;
            byte[] mac = info.Mac.GetAddressBytes();
            Facts = new PortFacts(number)
            {
                Mac = new MacAddress(mac.Aggregate(0ul, (value, part) => (value << 8) | part)),
                Mtu = info.Mtu == 0 ? null : info.Mtu,
            };
            Error = "";
            Look();
        }
        catch
        {
            Close();
            throw;
        }
    }

    /// <summary>Brings the facts up to date. False when the device has gone.</summary>
    public bool Look()
    {
        if (_device is null)
        {
            return false;
        }

        LinkState state = _kernel is { } kernel ? kernel.Look() : _device.Info.LinkUp ? LinkState.Up : LinkState.Down;
        SetLink(state == LinkState.Up);
        return state != LinkState.Gone;
    }

    /// <summary>Stops and removes the device; no worker asks it for anything any more.</summary>
    public void Close()
    {
        try
        {
            _device?.Detach();
        }
        catch (NativeException)
        {
            // A tap that was moved to another namespace cannot be taken down from here; it goes with its file descriptor.
        }

        _kernel?.Dispose();
        _kernel = null;
        _device = null;
        HeardByKernel = null;
        SetLink(false);
    }

    /// <summary>Notes why it is not open. False when that is known already.</summary>
    public bool Fail(string error)
    {
        bool isNews = Error != error;
        Error = error;
        return isNews;
    }

    void SetLink(bool hasLink)
    {
        LinkDowns += Facts.HasLink && !hasLink ? 1u : 0u;
        Facts = Facts with { HasLink = hasLink };
    }

    /// <summary>What EAL attached itself, from the PCI bus or by the user's own --vdev, is found by its name.</summary>
    EthernetPort Attach()
    {
        try
        {
            return binding.IsPci ? EthernetPort.Find(binding.DeviceName) : EthernetPort.Attach(binding.Device);
        }
        catch (NativeException exception) when (exception.Status == -Errno.Exists)
        {
            return EthernetPort.Find(binding.DeviceName);
        }
    }

    void Configure(EthernetPort device, MbufPool pool, int workers, EthernetSettings settings)
    {
        PortInfo info = device.Info;
        RefuseTooFewQueues(settings.Name, "receive", info.MaxRxQueues, workers);
        RefuseTooFewQueues(settings.Name, "transmit", info.MaxTxQueues, workers);
        PortConfiguration taken = device.Configure(
            new PortConfiguration
            {
                RxQueues = (ushort)workers,
                TxQueues = (ushort)workers,

                // A device keeps the MTU it has unless the script says otherwise: a virtual one would pass it on to somebody's interface.
                Mtu = (ushort)(settings.Mtu == new EthernetSettings(settings.Number).Mtu ? 0 : settings.Mtu),
                Features = PortFeatures.RxScatter | PortFeatures.TxChain | (workers > 1 ? PortFeatures.SymmetricRss : PortFeatures.None),
            },
            pool);
        if (workers > 1 && (taken.Features & PortFeatures.SymmetricRss) == 0)
        {
            RefuseOneSided(settings.Name, info.Driver);
        }

        if (settings.MacAddress is { } mac)
        {
            Span<byte> bytes = stackalloc byte[6];
            for (int i = 0; i < bytes.Length; i++)
            {
                bytes[i] = mac[i];
            }

            device.SetMac(bytes);
        }

        try
        {
            // A wire and an observer take what is addressed to others, and a router may become one.
            device.SetPromiscuous(true);
        }
        catch (NativeException exception) when (exception.Status == -Errno.NotSupported)
        {
            // A device without the switch has nothing that would filter.
        }
    }

    void RefuseTooFewQueues(string name, string kind, int most, int workers)
    {
        if (most < workers)
        {
            throw new UserErrorException(
                $"--workers: {name}: {binding.DeviceName} has {most} {kind} queue{(most == 1 ? "" : "s")} at most, {workers} workers need one each");
        }
    }

    /// <summary>Both directions of a connection must reach one worker, or neither sees it whole.</summary>
    void RefuseOneSided(string name, string driver)
    {
        if (s_spreadByPeer.Contains(driver))
        {
            Warnings.Add($"{name}: whoever fills {binding.DeviceName} decides which worker gets a packet; both directions of a connection must get to one");
        }
        else if (!s_spreadByKernel.Contains(driver))
        {
            throw new UserErrorException(
                $"--workers: {name}: {binding.DeviceName} ({driver}) cannot bring both directions of a connection to one worker; use --workers 1");
        }
    }
}
