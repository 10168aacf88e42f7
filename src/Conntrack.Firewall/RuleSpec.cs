using System.Collections.Immutable;

namespace Conntrack.Firewall;

/// <summary>
/// One rule as the image's builder takes it: numbers only, names are the control plane's. A matcher left out matches every packet.
/// </summary>
public sealed record RuleSpec
{
    public required RuleChain Chain { get; init; }

    public required RuleTarget Target { get; init; }

    /// <summary>
    /// What verdicts and traces call the rule: its position in its chain, gaps for disabled rules allowed. Rises along the chain; at most
    /// <see cref="RuleTrace.MostNumber"/>.
    /// </summary>
    public required uint Number { get; init; }

    /// <summary>Index into every worker's counters. Stays with the rule over recompilations.</summary>
    public required uint CounterSlot { get; init; }

    public RuleMatch? ConnectionState { get; init; }

    /// <summary>How the packet's connection is translated, as far as that is decided; without a connection it is not.</summary>
    public RuleMatch? ConnectionNatState { get; init; }

    public RuleMatch? Protocol { get; init; }

    public RuleMatch? SrcAddress { get; init; }

    public RuleMatch? DstAddress { get; init; }

    public RuleMatch? SrcPort { get; init; }

    public RuleMatch? DstPort { get; init; }

    public RuleMatch? InInterface { get; init; }

    public RuleMatch? OutInterface { get; init; }

    /// <summary>To what a rule of the nat table translates; null for a target that needs to be told nothing, and for every other target.</summary>
    public RuleTranslation? Translation { get; init; }

    /// <summary>What the rule asks besides, in any order; all of it has to hold.</summary>
    public ImmutableArray<RuleCondition> Conditions { get; init; } = [];

    /// <summary>What the target is told, where it needs to be told anything; also of a rule that logs besides what it does.</summary>
    public RuleEffect? Effect { get; init; }
}
