using System.Diagnostics.CodeAnalysis;

namespace Conntrack.RouterOs.Firewall;

/// <summary>
/// One rule of a firewall table. What it matches and what its action needs to know stand in groups, so that a rule costs memory for what it
/// says only. A matcher that is null matches every packet. What may stand together is checked where rules are read:
/// ports only with a protocol that has them, no out-interface where none is known yet.
/// </summary>
public sealed record FirewallRule
{
    public const int MostCommentLength = 1023;

    public required RuleFamily Family { get; init; }

    public required RuleTable Table { get; init; }

    /// <summary>One of the table's chains, see <see cref="RuleTableWords.Chains"/>, or one that only a jump reaches.</summary>
    public required string Chain { get; init; }

    public RuleAction Action { get; init; }

    public bool Disabled { get; init; }

    public string Comment { get; init; } = "";

    /// <summary>
    /// Stays with the rule for as long as it is there, whatever happens around it; 0 before it is part of a table. Printed as <c>*1a</c>.
    /// </summary>
    public ulong Id { get; init; }

    public ConnectionMatchers Connection { get; init; } = ConnectionMatchers.None;

    public TransportMatchers Transport { get; init; } = TransportMatchers.None;

    public AddressMatchers Addresses { get; init; } = AddressMatchers.None;

    public InterfaceMatchers Interfaces { get; init; } = InterfaceMatchers.None;

    public PacketMatchers Packet { get; init; } = PacketMatchers.None;

    public ContentMatchers Content { get; init; } = ContentMatchers.None;

    public RateMatchers Rates { get; init; } = RateMatchers.None;

    public ActionArguments Arguments { get; init; } = ActionArguments.None;

    public MangleArguments Mangle { get; init; } = MangleArguments.None;

    public TranslationArguments Translation { get; init; } = TranslationArguments.None;

    /// <summary>
    /// Only with <see cref="RuleAction.FastTrackConnection"/>: ports that can may forward the connections. Null when nobody said, which is no.
    /// </summary>
    public bool? HwOffload { get; init; }

    /// <summary>Whether a script would write the two rules alike: all but <see cref="Id"/> is compared.</summary>
    public bool SaysTheSameAs([NotNullWhen(true)] FirewallRule? other) =>
        other is not null
        && (Family, Table, Chain, Action, Disabled, Comment, HwOffload)
            == (other.Family, other.Table, other.Chain, other.Action, other.Disabled, other.Comment, other.HwOffload)
        && Connection == other.Connection
        && Transport == other.Transport
        && Addresses == other.Addresses
        && Interfaces == other.Interfaces
        && Packet == other.Packet
        && Content == other.Content
        && Rates == other.Rates
        && Arguments == other.Arguments
        && Mangle == other.Mangle
        && Translation == other.Translation;

    /// <summary>As <see cref="SaysTheSameAs"/>, and the same <see cref="Id"/>.</summary>
    public bool Equals(FirewallRule? other) => ReferenceEquals(this, other) || (SaysTheSameAs(other) && Id == other.Id);

    public override int GetHashCode() => HashCode.Combine(Id, Family, Table, Chain, Action, Comment, Addresses);
}
