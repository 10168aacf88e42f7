using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;

namespace Conntrack.RouterOs.Firewall;

/// <summary>
/// One rule of a firewall table. A matcher that is null matches every packet. What may stand together is checked where rules are read:
/// ports only with a protocol that has them, no out-interface where none is known yet.
/// </summary>
public sealed record FirewallRule
{
    public const int MostCommentLength = 1023;

    public required RuleFamily Family { get; init; }

    public required RuleTable Table { get; init; }

    /// <summary>One of the table's chains, see <see cref="RuleTableWords.Chains"/>.</summary>
    public required string Chain { get; init; }

    public RuleAction Action { get; init; }

    public bool Disabled { get; init; }

    public string Comment { get; init; } = "";

    /// <summary>
    /// Stays with the rule for as long as it is there, whatever happens around it; 0 before it is part of a table. Printed as <c>*1a</c>.
    /// </summary>
    public ulong Id { get; init; }

    public Negatable<RuleConnectionStates>? ConnectionState { get; init; }

    /// <summary>Number of the IP protocol.</summary>
    public Negatable<byte>? Protocol { get; init; }

    public Negatable<AddressRange>? SrcAddress { get; init; }

    public Negatable<AddressRange>? DstAddress { get; init; }

    /// <summary>One range at least; a later fragment has no ports and never matches.</summary>
    public Negatable<ImmutableArray<PortRange>>? SrcPort { get; init; }

    public Negatable<ImmutableArray<PortRange>>? DstPort { get; init; }

    /// <summary>The interface's current name.</summary>
    public Negatable<string>? InInterface { get; init; }

    public Negatable<string>? OutInterface { get; init; }

    /// <summary>The name of an interface list, built-in ones included.</summary>
    public Negatable<string>? InInterfaceList { get; init; }

    public Negatable<string>? OutInterfaceList { get; init; }

    /// <summary>
    /// Only with <see cref="RuleAction.FastTrackConnection"/>; kept for the script, without effect here. Null when nobody said.
    /// </summary>
    public bool? HwOffload { get; init; }

    /// <summary>Whether a script would write the two rules alike: all but <see cref="Id"/> is compared.</summary>
    public bool SaysTheSameAs([NotNullWhen(true)] FirewallRule? other) =>
        other is not null
        && (Family, Table, Chain, Action, Disabled, Comment, HwOffload)
            == (other.Family, other.Table, other.Chain, other.Action, other.Disabled, other.Comment, other.HwOffload)
        && (ConnectionState, Protocol, SrcAddress, DstAddress, InInterface, OutInterface)
            == (other.ConnectionState, other.Protocol, other.SrcAddress, other.DstAddress, other.InInterface, other.OutInterface)
        && (InInterfaceList, OutInterfaceList) == (other.InInterfaceList, other.OutInterfaceList)
        && SamePorts(SrcPort, other.SrcPort)
        && SamePorts(DstPort, other.DstPort);

    /// <summary>As <see cref="SaysTheSameAs"/>, and the same <see cref="Id"/>.</summary>
    public bool Equals(FirewallRule? other) => ReferenceEquals(this, other) || (SaysTheSameAs(other) && Id == other.Id);

    public override int GetHashCode() => HashCode.Combine(Id, Family, Table, Chain, Action, Comment, SrcAddress, DstAddress);

    /// <summary>Arrays compare by reference otherwise.</summary>
    static bool SamePorts(Negatable<ImmutableArray<PortRange>>? left, Negatable<ImmutableArray<PortRange>>? right) =>
        left is { } a && right is { } b
            ? a.Negated == b.Negated && a.Value.AsSpan().SequenceEqual(b.Value.AsSpan())
            : left is null && right is null;
}
