using Conntrack.RouterOs.Menus;
using Conntrack.RouterOs.Settings;

namespace Conntrack.RouterOs.Firewall.Properties;

/// <summary>Texts that rules hold.</summary>
static class RuleTexts
{
    /// <summary>Marks, chains and address lists: named by whoever uses them.</summary>
    public static TextGrammar Name { get; } = new(1, ConfigurationEntry.MostNameLength);

    /// <summary>RouterOS looks for as many bytes.</summary>
    public static TextGrammar Content { get; } = new(1, 255);

    /// <summary>A name of the DNS.</summary>
    public static TextGrammar Host { get; } = new(1, 253);

    public static TextGrammar LogPrefix { get; } = new(0, 255);
}
