using Conntrack.RouterOs.Firewall;
using Conntrack.RouterOs.Menus;
using Conntrack.RouterOs.Settings;

namespace Conntrack.RouterOs.Tests.Firewall;

/// <summary>Rules from scripts and back, for tables.</summary>
static class Rules
{
    public const string Filter = "/ip firewall filter ";

    /// <summary>The configuration a script makes of the defaults; it has to load without an error.</summary>
    public static RouterConfiguration Load(string script) => Load(script, RouterConfiguration.Default);

    public static RouterConfiguration Load(string script, RouterConfiguration start)
    {
        LoadResult result = ScriptLoader.Load("t.rsc", script, start);
        Assert.True(result.Configuration is not null, string.Join('\n', result.Diagnostics));
        return result.Configuration;
    }

    public static IReadOnlyList<FirewallRule> OfFilter(RouterConfiguration configuration) =>
        configuration.Rules.Of(RuleFamily.Ipv4, RuleTable.Filter);

    /// <summary>The arguments of a rule as an export writes them: <c>action=accept chain=input</c>.</summary>
    public static string Text(FirewallRule rule) => RuleProperties.Export(rule).TrimStart();

    /// <summary>The comments of the IPv4 filter rules in their order: a table of which rule went where.</summary>
    public static string Order(RouterConfiguration configuration) =>
        string.Join(' ', OfFilter(configuration).Select(static rule => rule.Comment + (rule.Disabled ? "-" : "")));
}
