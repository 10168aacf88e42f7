namespace Conntrack.RouterOs.Firewall;

/// <summary>Which firewall a rule belongs to: <c>/ip firewall</c> or <c>/ipv6 firewall</c>.</summary>
public enum RuleFamily : byte
{
    Ipv4,
    Ipv6,
}

/// <summary>How RouterOS's menus call a <see cref="RuleFamily"/>.</summary>
public static class RuleFamilyWords
{
    /// <summary>The first word of the menus: <c>ip</c> or <c>ipv6</c>.</summary>
    public static string Word(this RuleFamily family) => family == RuleFamily.Ipv4 ? "ip" : "ipv6";
}
