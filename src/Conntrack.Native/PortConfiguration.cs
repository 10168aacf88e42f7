using System.Runtime.InteropServices;

namespace Conntrack.Native;

/// <summary>
/// What is wanted of a port, 0 for the driver's own choice of rings and MTU; what the device took, when it comes back from
/// <see cref="EthernetPort.Configure"/>: features are then never more than wanted.
/// </summary>
[StructLayout(LayoutKind.Sequential)]
public record struct PortConfiguration
{
    public ushort RxQueues;
    public ushort TxQueues;

    /// <summary>Descriptors of each rx queue.</summary>
    public ushort RxRing;

    /// <summary>Descriptors of each tx queue.</summary>
    public ushort TxRing;

    /// <summary>Largest IP packet in bytes.</summary>
    public ushort Mtu;
    readonly ushort _reserved;
    public PortFeatures Features;
}
