namespace Conntrack.Firewall;

/// <summary>To what a rule of the nat table translates, in RouterOS's words. What is left out stays as the packet has it.</summary>
public sealed record RuleTranslation
{
    /// <summary>
    /// to-addresses, host order, those of IPv4 in the low 32 bits. Of netmap a whole network: as many addresses as a power of two, beginning
    /// at a multiple of it.
    /// </summary>
    public RuleRange? ToAddresses { get; init; }

    /// <summary>to-ports, host order; for protocols that have ports.</summary>
    public (ushort First, ushort Last)? ToPorts { get; init; }

    /// <summary>randomise-ports: the client's own port is not kept, and nobody can guess which one it gets.</summary>
    public bool RandomisePorts { get; init; }

    /// <summary>same-not-by-dst, of same: the client alone decides which address, not where it goes.</summary>
    public bool SameNotByDst { get; init; }
}
