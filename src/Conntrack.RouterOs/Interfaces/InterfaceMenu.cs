using System.Globalization;
using Conntrack.RouterOs.Conditions;
using Conntrack.RouterOs.Language;
using Conntrack.RouterOs.Menus;
using Conntrack.RouterOs.Names;
using Conntrack.RouterOs.Settings;

namespace Conntrack.RouterOs.Interfaces;

/// <summary>
/// <c>/interface</c>: what interfaces of every kind have in common. They are added and removed in the menus of their kinds; here a command
/// names them by current name, internal id (*1 is ether1) or condition. Numbers are those of the last print, which a script has not seen.
/// </summary>
public sealed class InterfaceMenu : IMenuActions
{
    const string Expected = "a name, an id such as *1, or [ find name=… ]";

    static readonly string[] s_commands = ["set", "enable", "disable", "comment"];

    internal static PropertyTable<InterfaceSettings> Properties { get; } = new(
        EntryProperties.Name<InterfaceSettings>(static i => i.Name, static (i, name) => i with { Name = name }),
        new OptionMenuProperty<InterfaceSettings, int>(
            "mtu", "auto", CommonGrammars.Mtu, static i => i.Mtu, static (i, mtu) => i with { Mtu = mtu }),
        new MenuProperty<InterfaceSettings, bool>(
            "disabled", CommonGrammars.YesNo, static i => i.Disabled, static (i, disabled) => i with { Disabled = disabled!.Value }),
        new TextMenuProperty<InterfaceSettings>(
            "comment", CommonGrammars.Comment, static i => i.Comment, static (i, comment) => i with { Comment = comment }, canUnset: true))
    {
        ReadOnly = new HashSet<string>
        {
            "actual-mtu", "default-name", "dynamic", "ifindex", "ifname", "inactive", "last-link-down-time", "last-link-up-time",
            "link-downs", "mac-address", "max-l2mtu", "running", "slave", "type", "vrf",
        },
        NotApplicable = new HashSet<string> { "l2mtu" },
    };

    static readonly InterfaceSettings s_blank = new(default, "", null, false, "");

    internal static readonly IReadOnlyList<ConditionField<InterfaceSettings>> EveryField =
    [
        .. EntryFields.Of(Properties, s_blank, static (InterfaceSettings i) => i),
        new WordField<InterfaceSettings>("type", static i => i.Type, "ether, vlan or bridge"),
        new WordField<InterfaceSettings>(
            "default-name", static i => i.Key.Kind == InterfaceKind.Ethernet ? $"ether{i.Key.Number}" : "", "a name such as ether1"),
        new FlagField<InterfaceSettings>("dynamic", static _ => false),
        new WordField<InterfaceSettings>(
            ".id", static i => $"*{i.Key.Number:x}", "an id such as *1a", static id => id.ToLowerInvariant()),
    ];

    static readonly ConditionFields<InterfaceSettings> s_fields = new(EveryField);

    public string Path => "interface";

    public IMenuQuery Query { get; } = new InterfaceQuery();

    public IReadOnlyList<string> Commands => s_commands;

    public IReadOnlyList<PropertyDescription> Describe() => PropertyDescription.Of(Properties);

    public void Execute(Statement statement, Loading loading)
    {
        switch (statement.Command)
        {
            case "set" or "comment":
                Change(statement, loading, static settings => settings);
                break;
            case "enable":
                Change(statement, loading, static settings => settings with { Disabled = false });
                break;
            case "disable":
                Change(statement, loading, static settings => settings with { Disabled = true });
                break;
            default:
                MenuCommands.Refuse(statement, loading.Diagnostics, s_commands);
                break;
        }
    }

    /// <summary>The menus of the kinds say it all.</summary>
    public IEnumerable<string> Export(RouterConfiguration configuration) => [];

    static void Change(Statement statement, Loading loading, Func<InterfaceSettings, InterfaceSettings> command)
    {
        List<Argument> rest = [.. statement.Arguments];
        List<InterfaceSettings>? meant = TakeTargets(rest, statement, loading);
        DiagnosticSink diagnostics = loading.Diagnostics;
        if (meant is null or [])
        {
            // The properties can be judged all the same, so that every finding comes out in one pass.
            Properties.Apply(s_blank, rest, loading.Noted, diagnostics);
            return;
        }

        foreach (InterfaceSettings before in meant)
        {
            InterfaceSettings settings = command(Properties.Apply(before, rest, loading.Noted, diagnostics));
            if (settings.Mtu is null && before.Mtu is not null && before.Key.Kind != InterfaceKind.Bridge)
            {
                diagnostics.Error(statement.SpanOf("mtu"), "mtu: only a bridge takes its MTU from others", CommonGrammars.Mtu.Expected);
            }

            loading.Configuration = settings.ApplyTo(loading.Configuration);
            if (rest.Exists(static argument => argument.Name == "name"))
            {
                loading.Name(settings.NameKey, settings.Name, statement);
            }

            // What is wrong with a property is wrong for every interface; once is enough.
            diagnostics = new DiagnosticSink(loading.Diagnostics.Source);
        }
    }

    static List<InterfaceSettings>? TakeTargets(List<Argument> rest, Statement statement, Loading loading)
    {
        int index = rest.FindIndex(static argument => argument is { Name: "numbers", Value: not null });
        index = index >= 0 ? index : rest.FindIndex(static argument => argument.Operator == ArgumentOperator.None);
        if (index < 0)
        {
            loading.Diagnostics.Error(
                statement.CommandSpan, $"{statement.Command} does not say which interfaces it means", Expected);
            return null;
        }

        ScriptValue value = rest[index].Value!;
        rest.RemoveAt(index);
        switch (value)
        {
            case TextValue { HasVariables: false } text:
                return Listed(text, loading);
            case CommandValue command:
                return Found(command, statement, loading);
            default:
                loading.Diagnostics.Error(value.Span, "entries that are computed are not supported yet in this version", Expected);
                return null;
        }
    }

    static List<InterfaceSettings>? Listed(TextValue text, Loading loading)
    {
        var found = new List<InterfaceSettings>();
        bool known = true;
        int start = 0;
        foreach (string item in text.Text.Split(','))
        {
            if (Named(item, loading) is { } settings)
            {
                found.Add(settings);
            }
            else
            {
                known = false;
                loading.Diagnostics.Error(
                    item.Length == 0 ? text.Span : text.SpanOf(start, item.Length), $"there is no interface {DiagnosticSink.Quote(item)}",
                    Expected, loading.Names.Names(NameScope.Interface));
            }

            start += item.Length + 1;
        }

        return known ? [.. found.DistinctBy(static settings => settings.Key)] : null;
    }

    internal static InterfaceSettings? Named(string item, Loading loading)
    {
        RouterConfiguration configuration = loading.Configuration;
        if (loading.Names.Find(NameScope.Interface, item) is { } key)
        {
            return key.Kind switch
            {
                NameKind.Ethernet => InterfaceSettings.Of(configuration.Ethernets[(int)key.Number]),
                NameKind.Vlan => InterfaceSettings.Of(configuration.Vlans.Find(key.Number)!),
                _ => InterfaceSettings.Of(configuration.Bridges.Find(key.Number)!),
            };
        }

        bool isId = item.StartsWith('*');
        return isId && ulong.TryParse(item.AsSpan(1), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out ulong id)
            ? All(configuration).FirstOrDefault(settings => settings.Key.Number == id)
            : null;
    }

    static List<InterfaceSettings>? Found(CommandValue value, Statement statement, Loading loading)
    {
        Statement find = value.Command;
        if (find.Command != "find" || find.Menu != statement.Menu)
        {
            loading.Diagnostics.Error(find.HeadSpan, "only find of this menu can say which entries are meant", "[ find name=… ]");
            return null;
        }

        if (FindConditions.SpanOf(find.Arguments) is not SourceSpan span)
        {
            loading.Diagnostics.Error(
                value.Span, "find without a condition is not supported yet in this version", "[ find name=… ]");
            return null;
        }

        return s_fields.Parse(span, loading.Diagnostics) is { } condition ? [.. All(loading.Configuration).Where(condition)] : null;
    }

    /// <summary>Every interface there can be: which of the ports the machine has a script does not know.</summary>
    internal static IEnumerable<InterfaceSettings> All(RouterConfiguration configuration) =>
        Enumerable.Range(EthernetSettings.LeastNumber, EthernetSettings.MostNumber)
            .Select(number => InterfaceSettings.Of(configuration.Ethernets[number]))
            .Concat(configuration.Bridges.Select(InterfaceSettings.Of))
            .Concat(configuration.Vlans.Select(InterfaceSettings.Of));
}
