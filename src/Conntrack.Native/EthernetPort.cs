namespace Conntrack.Native;

/// <summary>One Ethernet port under DPDK: attached by device string, configured and started here, read and written by workers.</summary>
public sealed unsafe class EthernetPort
{
    readonly string _name;

    EthernetPort(int id, string name)
    {
        Id = (ushort)id;
        _name = name;
    }

    /// <summary>What <see cref="Ports"/> calls the port.</summary>
    public ushort Id { get; }

    /// <summary>
    /// Attaches <c>net_null0</c>, <c>net_pcap0,rx_pcap=a.pcap</c>, <c>net_tap0,iface=tap0</c> or a PCI address. A device with several ports
    /// gives its first one; the others are found by name. What is attached already, perhaps since EAL started, is for <see cref="Find"/>.
    /// </summary>
    public static EthernetPort Attach(string device) =>
        new(NativeException.ThrowIfFailed(Ports.Attach(device), device), device.Split(',')[0]);

    /// <summary>The port of this name, the device string up to its first comma: one that EAL found when it started, say.</summary>
    public static EthernetPort Find(string name) => new(NativeException.ThrowIfFailed(Ports.Lookup(name), name), name);

    public PortInfo Info
    {
        get
        {
            PortInfo info;
            Check(Ports.Info(Id, &info));
            return info;
        }
    }

    public PortStatistics Statistics
    {
        get
        {
            PortStatistics statistics;
            Check(Ports.Statistics(Id, &statistics));
            return statistics;
        }
    }

    /// <summary>
    /// Sets up queues and offloads while the port is stopped; rx queue q takes its mbufs from rxPools[q], or from the only pool given.
    /// Returns what the device took: what it cannot do is left out. Too many queues, an MTU out of range, a data room too small throw.
    /// </summary>
    public PortConfiguration Configure(PortConfiguration wanted, params ReadOnlySpan<MbufPool> rxPools)
    {
        if (rxPools.Length != wanted.RxQueues && rxPools.Length != 1)
            throw new ArgumentException($"{rxPools.Length} pools for {wanted.RxQueues} rx queues", nameof(rxPools));
        Mempool** pools = stackalloc Mempool*[wanted.RxQueues];
        for (int q = 0; q < wanted.RxQueues; q++)
            pools[q] = rxPools[rxPools.Length == 1 ? 0 : q].Mempool;
        Check(Ports.Configure(Id, &wanted, pools));
        return wanted;
    }

    public void Start() => Check(Ports.Start(Id));

    /// <summary>No worker may be inside a burst of this port.</summary>
    public void Stop() => Check(Ports.Stop(Id));

    /// <summary>Stops and closes the port and removes its device; mbufs it holds return to their pools.</summary>
    public void Detach() => Check(Ports.Detach(Id));

    public void SetPromiscuous(bool on) => Check(Ports.SetPromiscuous(Id, on ? 1 : 0));

    /// <summary>Six bytes in the order they have on the wire.</summary>
    public void SetMac(ReadOnlySpan<byte> mac)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(mac.Length, 6);
        fixed (byte* address = mac)
            Check(Ports.SetMac(Id, address));
    }

    public override string ToString() => _name;

    void Check(int status) => NativeException.ThrowIfFailed(status, _name);
}
