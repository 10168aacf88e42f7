using Conntrack.RouterOs.Interfaces;
using Conntrack.RouterOs.Settings;

namespace Conntrack.RouterOs.Menus;

static class CommonGrammars
{
    /// <summary>RouterOS prints yes and no and reads the language's own words for them too.</summary>
    public static WordGrammar<bool> YesNo { get; } = new(("yes", true), ("no", false), ("true", true), ("false", false));

    public static WordGrammar<ArpMode> Arp { get; } = new(
        ("enabled", ArpMode.Enabled), ("disabled", ArpMode.Disabled), ("proxy-arp", ArpMode.ProxyArp), ("reply-only", ArpMode.ReplyOnly),
        ("local-proxy-arp", ArpMode.LocalProxyArp));

    public static NumberGrammar<int> Mtu { get; } = new(EthernetSettings.LeastMtu, EthernetSettings.MostMtu);

    public static TextGrammar Name { get; } = new(1, ConfigurationEntry.MostNameLength);

    public static TextGrammar Comment { get; } = new(0, ConfigurationEntry.MostCommentLength);
}
