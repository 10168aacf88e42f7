using Conntrack.RouterOs.Settings;

namespace Conntrack.RouterOs.Firewall;

/// <summary>Where a packet comes from and goes to, by its addresses. A matcher that is null matches every packet.</summary>
public sealed record AddressMatchers
{
    public static AddressMatchers None { get; } = new();

    public Negatable<AddressRange>? SrcAddress { get; init; }

    public Negatable<AddressRange>? DstAddress { get; init; }

    /// <summary>The name of a list of addresses, which need not have entries.</summary>
    public Negatable<string>? SrcAddressList { get; init; }

    public Negatable<string>? DstAddressList { get; init; }

    public Negatable<RuleAddressTypes>? SrcAddressType { get; init; }

    public Negatable<RuleAddressTypes>? DstAddressType { get; init; }

    public Negatable<MacAddress>? SrcMacAddress { get; init; }
}
