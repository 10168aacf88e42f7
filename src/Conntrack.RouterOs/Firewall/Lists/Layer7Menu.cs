using Conntrack.RouterOs.Firewall.Grammars;
using Conntrack.RouterOs.Menus;
using Conntrack.RouterOs.Names;
using Conntrack.RouterOs.Settings;

namespace Conntrack.RouterOs.Firewall.Lists;

/// <summary><c>/ip firewall layer7-protocol</c>.</summary>
public sealed class Layer7Menu : ListMenu<Layer7Settings>
{
    static readonly PropertyTable<Layer7Settings> s_properties = new(
        EntryProperties.Name<Layer7Settings>(static entry => entry.Name, static (entry, name) => entry with { Name = name }),
        new TextMenuProperty<Layer7Settings>(
            "regexp", new RegexpGrammar(), static entry => entry.Regexp, static (entry, text) => entry with { Regexp = text },
            canUnset: true),
        EntryProperties.Comment<Layer7Settings>());

    public override string Path => "ip/firewall/layer7-protocol";

    public override PropertyTable<Layer7Settings> Properties => s_properties;

    protected internal override Layer7Settings Blank { get; } = new() { Name = "" };

    protected internal override string Noun => "layer 7 protocol";

    protected override IReadOnlyList<string> Required { get; } = ["name"];

    protected internal override NameKind? Names => NameKind.Layer7Protocol;

    protected internal override EntryList<Layer7Settings> Entries(RouterConfiguration configuration) => configuration.Layer7Protocols;

    protected override RouterConfiguration WithEntries(RouterConfiguration configuration, EntryList<Layer7Settings> entries) =>
        configuration with { Layer7Protocols = entries };
}
