namespace Conntrack.Dataplane.Hosting;

/// <content>Devices that come and go while workers run.</content>
public sealed unsafe partial class DataplaneHost
{
    /// <summary>From now on the workers ask a port for bursts.</summary>
    /// <param name="port">Its number here.</param>
    /// <param name="device">DPDK's number of its device, which is started and has a pair of queues for each worker.</param>
    public void OpenPort(int port, ushort device)
    {
        _settings->Ports[port].DevicePort = device;
        Volatile.Write(ref _settings->Ports[port].IsUp, 1);
        _hardware?.Probe();
    }

    /// <summary>When this returns no running worker asks the port's device for anything any more: it may be stopped.</summary>
    /// <exception cref="TimeoutException">A worker hangs.</exception>
    public void ClosePort(int port)
    {
        Volatile.Write(ref _settings->Ports[port].IsUp, 0);
        WaitForWorkers();
        _hardware?.Leave(port);
    }
}
