namespace Conntrack.RouterOs.Firewall;

/// <summary>What the actions of the nat table translate to. Null for what nobody said.</summary>
public sealed record TranslationArguments
{
    public static TranslationArguments None { get; } = new();

    /// <summary>
    /// Property <c>to-addresses</c>, in IPv6 <c>to-address</c>: one address, a prefix or, for IPv4, a range. Host bits of a prefix are
    /// cleared.
    /// </summary>
    public AddressRange? ToAddresses { get; init; }

    /// <summary>One port or a range.</summary>
    public PortRange? ToPorts { get; init; }

    /// <summary>For <see cref="RuleAction.Same"/>: whether a client keeps its address also towards other destinations.</summary>
    public bool? SameNotByDst { get; init; }

    /// <summary>Whether ports are chosen at random and the client's own is not kept.</summary>
    public bool? RandomisePorts { get; init; }
}
