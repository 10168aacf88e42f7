using Conntrack.RouterOs.Firewall;
using Conntrack.RouterOs.Firewall.Properties;
using Conntrack.RouterOs.Language;

namespace Conntrack.RouterOs.Menus;

/// <summary>What a rule's action takes, needs, and has where nobody said.</summary>
static class ArgumentChecks
{
    /// <summary>
    /// The rule as it can stand: without arguments that another action would take, with the defaults that RouterOS's own export writes.
    /// Arguments that the statement itself gives in vain are reported, and what the action lacks.
    /// </summary>
    public static FirewallRule Settle(FirewallRule rule, Statement statement, DiagnosticSink diagnostics)
    {
        PropertyTable<FirewallRule> properties = RuleProperties.Of(rule.Family, rule.Table);
        foreach (string name in ArgumentUse.Arguments)
        {
            if (properties.Find(name) is not { } property || property.Text(rule) is null || ArgumentUse.TakenBy(name).Contains(rule.Action))
            {
                continue;
            }

            property.TryUnset(rule, out rule);
            if (Given(statement, property, properties) is { } argument)
            {
                IEnumerable<string> takers = ArgumentUse.TakenBy(name)
                    .Where(action => action.BelongsTo(rule.Family, rule.Table))
                    .Select(static action => action.Word());
                diagnostics.Error(
                    argument.Span, $"{rule.Action.Word()} takes no {property.Name}", "action=" + string.Join(" or ", takers));
            }
        }

        if (ArgumentUse.NeededBy(rule.Action) is { } needed && properties.Find(needed) is { } lacking && lacking.Text(rule) is null
            && !statement.Arguments.Any(argument => argument.Name == needed && argument.Operator == ArgumentOperator.Assign && argument.Value is not TextValue { Text: "" }))
        {
            diagnostics.Error(statement.SpanOf("action"), $"{rule.Action.Word()} needs {needed}", $"{needed}= with {lacking.Expected}");
        }

        return Defaults(rule);
    }

    static FirewallRule Defaults(FirewallRule rule) => rule.Action switch
    {
        RuleAction.Reject when rule.Arguments.RejectWith is null => rule with
        {
            Arguments = rule.Arguments with
            {
                RejectWith = rule.Family == RuleFamily.Ipv4 ? RejectReason.IcmpNetworkUnreachable : RejectReason.IcmpNoRoute,
            },
        },
        RuleAction.AddSrcToAddressList or RuleAction.AddDstToAddressList when rule.Arguments.AddressListTimeout is null => rule with
        {
            Arguments = rule.Arguments with { AddressListTimeout = new ListedTimeout(null) },
        },
        RuleAction.MarkConnection or RuleAction.MarkPacket or RuleAction.MarkRouting or RuleAction.ChangeMss or RuleAction.ChangeDscp
            or RuleAction.ChangeTtl or RuleAction.ChangeHopLimit or RuleAction.SetPriority or RuleAction.ClearDf
            or RuleAction.StripIpv4Options or RuleAction.Route when rule.Mangle.Passthrough is null => rule with
        {
            Mangle = rule.Mangle with { Passthrough = true },
        },
        _ => rule,
    };

    static Argument? Given(Statement statement, MenuProperty<FirewallRule> property, PropertyTable<FirewallRule> properties) =>
        statement.Arguments.FirstOrDefault(argument =>
            argument.Operator == ArgumentOperator.Assign && ReferenceEquals(properties.Find(argument.Name), property));
}
