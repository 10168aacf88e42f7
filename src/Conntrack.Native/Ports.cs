using System.Runtime.InteropServices;

namespace Conntrack.Native;

/// <summary>Calls on ports; <see cref="EthernetPort"/> configures one, workers receive and send here.</summary>
public static unsafe partial class Ports
{
    [LibraryImport(Shim.Library, EntryPoint = "ctd_port_attach", StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int Attach(string device);

    [LibraryImport(Shim.Library, EntryPoint = "ctd_port_lookup", StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int Lookup(string name);

    [LibraryImport(Shim.Library, EntryPoint = "ctd_port_info")]
    internal static partial int Info(ushort port, PortInfo* info);

    [LibraryImport(Shim.Library, EntryPoint = "ctd_port_configure")]
    internal static partial int Configure(ushort port, PortConfiguration* configuration, Mempool** rxPools);

    [LibraryImport(Shim.Library, EntryPoint = "ctd_port_start")]
    internal static partial int Start(ushort port);

    [LibraryImport(Shim.Library, EntryPoint = "ctd_port_stop")]
    internal static partial int Stop(ushort port);

    [LibraryImport(Shim.Library, EntryPoint = "ctd_port_detach")]
    internal static partial int Detach(ushort port);

    [LibraryImport(Shim.Library, EntryPoint = "ctd_port_promiscuous")]
    internal static partial int SetPromiscuous(ushort port, int on);

    [LibraryImport(Shim.Library, EntryPoint = "ctd_port_set_mac")]
    internal static partial int SetMac(ushort port, byte* mac);

    /// <summary>Frames and bytes since the port was attached; 0 or a negative errno.</summary>
    [LibraryImport(Shim.Library, EntryPoint = "ctd_port_stats")]
    public static partial int Statistics(ushort port, PortStatistics* statistics);

    /// <summary>Up to n received frames, now the caller's; returns how many. The port is started and has that queue.</summary>
    [LibraryImport(Shim.Library, EntryPoint = "ctd_rx_burst")]
    public static partial ushort RxBurst(ushort port, ushort queue, Mbuf** frames, ushort n);

    /// <summary>Sends the first frames and returns how many; they belong to the port then, the rest to the caller.</summary>
    [LibraryImport(Shim.Library, EntryPoint = "ctd_tx_burst")]
    public static partial ushort TxBurst(ushort port, ushort queue, Mbuf** frames, ushort n);

    /// <summary>Readies frames with checksum offload as the NIC wants them; returns how many: it cannot send the next one.</summary>
    [LibraryImport(Shim.Library, EntryPoint = "ctd_tx_prepare")]
    public static partial ushort TxPrepare(ushort port, ushort queue, Mbuf** frames, ushort n);
}
