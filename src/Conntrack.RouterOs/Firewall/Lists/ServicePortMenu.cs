using Conntrack.RouterOs.Language;
using Conntrack.RouterOs.Menus;
using Conntrack.RouterOs.Names;
using Conntrack.RouterOs.Settings;

namespace Conntrack.RouterOs.Firewall.Lists;

/// <summary><c>/ip firewall service-port</c>: a fixed list, of which a script can only set what it says.</summary>
public sealed class ServicePortMenu : ListMenu<ServicePortSettings>
{
    static readonly PropertyTable<ServicePortSettings> s_properties = new(
        EntryProperties.Name<ServicePortSettings>(static entry => entry.Name, static (entry, name) => entry with { Name = name }),
        new MenuProperty<ServicePortSettings, ValueList<ushort>>(
            "ports", new PortNumbersGrammar(), static entry => entry.Ports.Count > 0 ? entry.Ports : null,
            static (entry, ports) => entry with { Ports = ports ?? [] }),
        new MenuProperty<ServicePortSettings, bool>(
            "sip-direct-media", CommonGrammars.YesNo, static entry => entry.SipDirectMedia,
            static (entry, value) => entry with { SipDirectMedia = value }),
        new MenuProperty<ServicePortSettings, TimeSpan>(
            "sip-timeout", new TimeGrammar(TimeSpan.FromSeconds(1), TimeSpan.FromDays(7), TimeSpan.FromSeconds(1)),
            static entry => entry.SipTimeout, static (entry, value) => entry with { SipTimeout = value }),
        EntryProperties.Disabled<ServicePortSettings>())
    {
        ReadOnly = new HashSet<string> { "invalid", "dynamic" },
    };

    public override string Path => "ip/firewall/service-port";

    public override PropertyTable<ServicePortSettings> Properties => s_properties;

    protected internal override ServicePortSettings Blank { get; } = new() { Name = "" };

    protected internal override string Noun => "service port";

    protected internal override NameKind? Names => NameKind.ServicePort;

    public override IReadOnlyList<string> Commands { get; } = ["set", "enable", "disable"];

    protected internal override EntryList<ServicePortSettings> Entries(RouterConfiguration configuration) => configuration.ServicePorts;

    protected override RouterConfiguration WithEntries(RouterConfiguration configuration, EntryList<ServicePortSettings> entries) =>
        configuration with { ServicePorts = entries };

    protected override ServicePortSettings Checked(ServicePortSettings entry, Statement statement, DiagnosticSink diagnostics)
    {
        if (statement.Arguments.Any(static argument => argument is { Name: "name", Operator: ArgumentOperator.Assign }))
        {
            diagnostics.Error(statement.SpanOf("name"), "name is read-only: it shows what is, and cannot be set");
        }

        // Who has no ports, or is not sip, keeps none.
        ServicePortSettings own = ServicePortSettings.Defaults.Find(entry.Id)!;
        return entry with
        {
            Name = own.Name,
            Ports = Keep("ports", entry.Ports.Count > 0, own.Ports.Count > 0) ? entry.Ports : own.Ports,
            SipDirectMedia = Keep("sip-direct-media", entry.SipDirectMedia is not null, own.SipDirectMedia is not null) ? entry.SipDirectMedia : null,
            SipTimeout = Keep("sip-timeout", entry.SipTimeout is not null, own.SipTimeout is not null) ? entry.SipTimeout : null,
        };

        bool Keep(string property, bool given, bool has)
        {
            if (given && !has)
            {
                diagnostics.Error(statement.SpanOf(property), $"{own.Name} has no {property}");
            }

            return has;
        }
    }

    public override IEnumerable<string> Export(RouterConfiguration configuration) =>
        from pair in Entries(configuration).Zip(ServicePortSettings.Defaults)
        let changes = Properties.Write(pair.First, pair.Second)
        where changes.Length > 0
        select $"set {pair.First.Name}{changes}";
}
