using Conntrack.Dataplane.Hosting.Offload;

namespace Conntrack.Dataplane.Hosting;

/// <content>Connections that hardware forwards in the workers' stead.</content>
public sealed unsafe partial class DataplaneHost
{
    /// <summary>
    /// Asks every open port whether it could forward connections itself; from now on those of rules with <c>hw-offload=yes</c> are offered to those that
    /// can. Opening a port asks again.
    /// </summary>
    public void ProbeHardware() => _hardware?.Probe();

    /// <summary>Why a port cannot forward connections itself, in its driver's words; empty when it can, null when it is not open.</summary>
    public string? HardwareObstacleOf(int port) => _hardware?.ObstacleOf(port);

    /// <summary>What hardware does and has done; null in replay, which has none.</summary>
    public HardwareTotals? Hardware => _hardware?.Totals();

    /// <summary>What is due of it: called every few milliseconds by one thread.</summary>
    public void HardwareStep() => _hardware?.Step(Now);

    (ulong Packets, ulong Bytes) HardwareOf(bool isIpv6) => _hardware?.TotalsOf(isIpv6) ?? default;

    /// <summary>What a port has received and sent is its own, whoever forwarded it.</summary>
    void AddHardware(InterfaceCounters[] interfaces)
    {
        for (int port = 0; _hardware != null && port < interfaces.Length; port++)
        {
            PortTotals totals = _hardware.TotalsOf(port);
            InterfaceCounters sum = interfaces[port];
            interfaces[port] = new InterfaceCounters(
                sum.Received + totals.Received, sum.ReceivedBytes + totals.ReceivedBytes, sum.Sent + totals.Sent, sum.SentBytes + totals.SentBytes,
                sum.NotSent);
        }
    }

    /// <summary>Publishes something that hardware's rules rest on; when this returns none of them is there any more.</summary>
    void Change(Action publish)
    {
        if (_hardware == null)
        {
            publish();
            return;
        }

        lock (_hardware.Gate)
        {
            publish();
            _hardware.Flush();
        }
    }

    /// <summary>Frees what nobody else may be looking at.</summary>
    T Undisturbed<T>(Func<T> free)
    {
        if (_hardware == null)
        {
            return free();
        }

        lock (_hardware.Gate)
        {
            return free();
        }
    }
}
