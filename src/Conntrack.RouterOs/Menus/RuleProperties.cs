using Conntrack.RouterOs.Firewall;
using Conntrack.RouterOs.Firewall.Properties;
using Conntrack.RouterOs.Names;

namespace Conntrack.RouterOs.Menus;

/// <summary>
/// The properties of the rule menus, a table for each family and table, in the order of RouterOS's print. Each group of a rule describes
/// its own; here they come together.
/// </summary>
public static class RuleProperties
{
    static readonly PropertyTable<FirewallRule>[] s_tables =
        [.. from family in Enum.GetValues<RuleFamily>() from table in Enum.GetValues<RuleTable>() select Build(family, table)];

    /// <summary>Whom rules refer to by name, in every table.</summary>
    internal static IReadOnlyList<NameReference<FirewallRule>> References => RuleReferences.All;

    /// <summary>The properties a rule of that table can have.</summary>
    public static PropertyTable<FirewallRule> Of(RuleFamily family, RuleTable table) =>
        s_tables[((int)family * Enum.GetValues<RuleTable>().Length) + (int)table];

    /// <summary>A rule without any matcher and chain: what <c>add</c> starts from.</summary>
    public static FirewallRule Blank(RuleFamily family, RuleTable table) => new() { Family = family, Table = table, Chain = "" };

    /// <summary>
    /// What the rule says, as pairs of property and unquoted value in the order of print: chain, action, matchers. Without disabled and
    /// comment, which print shows in their own places.
    /// </summary>
    public static IEnumerable<(string Name, string Value)> Assignments(FirewallRule rule) =>
        from property in Of(rule.Family, rule.Table).Properties
        where property.Name is not ("disabled" or "comment")
        let value = property.Text(rule)
        where value is not null
        select (property.Name, value);

    /// <summary>The arguments of the <c>add</c> that makes the rule, as RouterOS's export writes them: in alphabetical order.</summary>
    public static string Export(FirewallRule rule)
    {
        IEnumerable<string> arguments =
            from property in Of(rule.Family, rule.Table).Properties.OrderBy(static property => property.Name, StringComparer.Ordinal)
            where property.Name switch
            {
                "disabled" => rule.Disabled,
                "comment" => rule.Comment.Length > 0,
                _ => true,
            }
            let value = property.Write(rule)
            where value is not null
            select $" {property.Name}={value}";
        return string.Concat(arguments);
    }

    static PropertyTable<FirewallRule> Build(RuleFamily family, RuleTable table)
    {
        string toAddresses = TranslationProperties.ToAddresses(family);
        return new PropertyTable<FirewallRule>(
        [
            .. All(family, table)
                .Where(property => RuleScope.WhyNot(property.Name, family, table) is null)
                .OrderBy(static property => RuleScope.OrderOf(property.Name)),
        ])
        {
            ReadOnly = new HashSet<string> { "bytes", "packets", "dynamic", "invalid" },
            Impossible = RuleScope.Impossible(family, table),
            Aliases = table == RuleTable.Nat
                ? new Dictionary<string, string> { [family == RuleFamily.Ipv4 ? "to-address" : "to-addresses"] = toAddresses }
                : [],
        };
    }

    static IEnumerable<MenuProperty<FirewallRule>> All(RuleFamily family, RuleTable table) =>
    [
        new TextMenuProperty<FirewallRule>(
            "chain", new ChainGrammar(table), static rule => rule.Chain, static (rule, value) => rule with { Chain = value }),
        new MenuProperty<FirewallRule, RuleAction>(
            "action", new ActionGrammar(family, table), static rule => rule.Action,
            static (rule, value) => rule with { Action = value ?? RuleAction.Accept }, canUnset: true),
        new MenuProperty<FirewallRule, bool>(
            "hw-offload", CommonGrammars.YesNo, static rule => rule.HwOffload, static (rule, value) => rule with { HwOffload = value },
            canUnset: true),
        .. RulePart.Of(
            ActionProperties.Of(family), static rule => rule.Arguments, static (rule, part) => rule with { Arguments = part }),
        .. RulePart.Of(MangleProperties.Of(family), static rule => rule.Mangle, static (rule, part) => rule with { Mangle = part }),
        .. RulePart.Of(PacketProperties.Of(), static rule => rule.Packet, static (rule, part) => rule with { Packet = part }),
        .. RulePart.Of(ContentProperties.Of(), static rule => rule.Content, static (rule, part) => rule with { Content = part }),
        .. RulePart.Of(RateProperties.Of(), static rule => rule.Rates, static (rule, part) => rule with { Rates = part }),
        .. RulePart.Of(
            TranslationProperties.Of(family), static rule => rule.Translation, static (rule, part) => rule with { Translation = part }),
        .. RulePart.Of(
            ConnectionProperties.Of(family), static rule => rule.Connection, static (rule, part) => rule with { Connection = part }),
        .. RulePart.Of(
            TransportProperties.Of(), static rule => rule.Transport, static (rule, part) => rule with { Transport = part }),
        .. RulePart.Of(
            AddressProperties.Of(family), static rule => rule.Addresses, static (rule, part) => rule with { Addresses = part }),
        .. RulePart.Of(
            InterfaceProperties.Of(), static rule => rule.Interfaces, static (rule, part) => rule with { Interfaces = part }),
        new MenuProperty<FirewallRule, bool>(
            "disabled", CommonGrammars.YesNo, static rule => rule.Disabled, static (rule, value) => rule with { Disabled = value ?? false },
            canUnset: true),
        new TextMenuProperty<FirewallRule>(
            "comment", new TextGrammar(0, FirewallRule.MostCommentLength), static rule => rule.Comment,
            static (rule, value) => rule with { Comment = value }, canUnset: true),
    ];
}
