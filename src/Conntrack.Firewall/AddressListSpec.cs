namespace Conntrack.Firewall;

/// <summary>The static entries of an address list, by number; names are the control plane's.</summary>
/// <param name="Number">At most <see cref="MostNumber"/>; each family has its own lists.</param>
/// <param name="IsIpv6">The family.</param>
/// <param name="Ranges">Addresses in host order, those of IPv4 in the low 32 bits; they may overlap and stand in any order.</param>
public sealed record AddressListSpec(ushort Number, bool IsIpv6, IReadOnlyList<RuleRange> Ranges)
{
    /// <summary>The highest number of a list: 1,024 lists of each family.</summary>
    public const ushort MostNumber = 1023;
}
