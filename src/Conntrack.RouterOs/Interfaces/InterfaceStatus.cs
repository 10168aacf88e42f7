using Conntrack.RouterOs.Settings;

namespace Conntrack.RouterOs.Interfaces;

/// <summary>What <c>/interface print</c> shows of one interface beside its settings.</summary>
public sealed record InterfaceStatus
{
    public required InterfaceKey Key { get; init; }

    /// <summary>Whether packets can pass: there is a link, or for a VLAN or bridge something below it that has one.</summary>
    public bool Running { get; init; }

    /// <summary>Whether its packets are those of another interface, as those of a bridge's port are.</summary>
    public bool Slave { get; init; }

    /// <summary>Largest IP packet in bytes that passes now.</summary>
    public int ActualMtu { get; init; }

    /// <summary>The address it has now; null when it has none yet.</summary>
    public MacAddress? MacAddress { get; init; }

    public ulong RxBytes { get; init; }

    public ulong TxBytes { get; init; }

    public ulong RxPackets { get; init; }

    public ulong TxPackets { get; init; }

    public ulong RxDrops { get; init; }

    public ulong TxDrops { get; init; }
}
