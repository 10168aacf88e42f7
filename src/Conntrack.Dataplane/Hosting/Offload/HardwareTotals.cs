namespace Conntrack.Dataplane.Hosting.Offload;

/// <summary>How much is handed to hardware.</summary>
public sealed record HardwareOptions
{
    /// <summary>Directions of connections at most that hardware forwards; devices may have room for fewer.</summary>
    public int MostFlows { get; init; } = 4096;

    /// <summary>Rules made a second at most: a device takes its time for each, and they are made one after the other.</summary>
    public int InstallsPerSecond { get; init; } = 1000;

    /// <summary>Packets a connection must have had. Most never do; they would cost a rule more than they save.</summary>
    public uint PacketsBefore { get; init; } = 100;
}

/// <summary>Why a direction of a connection is not forwarded by hardware.</summary>
public enum HardwareRefusal
{
    /// <summary>Rules, routes or neighbours have changed since it was offered.</summary>
    Stale,

    /// <summary>The port it comes in by, or leaves by, cannot.</summary>
    Port,

    /// <summary>It comes or leaves by a bridge, by more than one VLAN tag, or with a tag of another kind.</summary>
    Interface,

    /// <summary>What it leaves by takes smaller packets than what it comes in by: some would have to be cut.</summary>
    Mtu,

    /// <summary>Its timeout is too short to be kept by looks at a counter.</summary>
    Timeout,

    /// <summary>Whom it goes to is not known at the moment, or its packets' time ends here.</summary>
    NextHop,

    /// <summary>There are as many as there may be.</summary>
    Full,

    /// <summary>As many were made in this second as may be.</summary>
    Rate,

    /// <summary>The device refused the rule.</summary>
    Device,
}

/// <summary>Why hardware forwards a direction no more.</summary>
public enum HardwareEnd
{
    /// <summary>The connection ended, or its packets carry news.</summary>
    Connection,

    /// <summary>Rules, translations, routes, interfaces or settings have changed.</summary>
    Change,

    /// <summary>The next hop's MAC address has changed, or it is not reachable.</summary>
    Neighbour,

    /// <summary>Its packets come another way now.</summary>
    Moved,

    /// <summary>It had none for a while: its place is for another.</summary>
    Idle,

    /// <summary>
    /// It was time for rules to see a packet of it again, for what they ask about may have changed by itself: a time of day, an address list.
    /// </summary>
    Sample,

    /// <summary>A port of it goes.</summary>
    Port,

    /// <summary>The device does not know its counter any more.</summary>
    Device,
}

/// <summary>What hardware does and has done.</summary>
/// <param name="Flows">Directions of connections that it forwards now.</param>
/// <param name="Offloaded">Ever: those there are and those that ended.</param>
/// <param name="Refused">By reason; only those that occurred. A connection is offered again as long as it lasts.</param>
/// <param name="Ended">By reason; only those that occurred.</param>
/// <param name="LastError">What a device said when it last refused a rule; empty while none has.</param>
public sealed record HardwareTotals(
    int Flows, ulong Offloaded, IReadOnlyDictionary<HardwareRefusal, ulong> Refused, IReadOnlyDictionary<HardwareEnd, ulong> Ended, string LastError)
{
    /// <summary>Offers that found their ring full.</summary>
    public ulong OffersLost { get; init; }

    /// <summary>Packets and bytes from the IP header on, of IPv4 and of IPv6.</summary>
    public required (ulong Packets, ulong Bytes) Ipv4 { get; init; }

    public required (ulong Packets, ulong Bytes) Ipv6 { get; init; }
}
