using System.Globalization;
using Conntrack.RouterOs.Conditions;
using Conntrack.RouterOs.Interfaces;
using Conntrack.RouterOs.Language;
using Conntrack.RouterOs.Names;
using Conntrack.RouterOs.Settings;

namespace Conntrack.RouterOs.Menus;

/// <summary>
/// <c>/interface ethernet</c>. Ports are there by hardware, so nothing is added or removed. A command names its ports as
/// <c>[ find default-name=ether1 ]</c>, by number in the list (0 is ether1), internal id (*1 is ether1) or current name, several with
/// commas. Names have to differ when the script ends, not between its lines: two ports may so exchange theirs.
/// </summary>
public sealed class EthernetMenu : IMenuActions
{
    const string ExpectedPorts = "[ find default-name=ether1 ], a number or a current name";

    public static PropertyTable<EthernetSettings> Properties { get; } = new(
        new TextMenuProperty<EthernetSettings>(
            "name", new TextGrammar(1, EthernetSettings.MostNameLength), static e => e.Name, static (e, v) => e with { Name = v }),
        new MenuProperty<EthernetSettings, MacAddress>(
            "mac-address", new MacAddressGrammar(), static e => e.MacAddress, static (e, v) => e with { MacAddress = v }, canUnset: true),
        new MenuProperty<EthernetSettings, int>(
            "mtu", new NumberGrammar<int>(EthernetSettings.LeastMtu, EthernetSettings.MostMtu), static e => e.Mtu,
            static (e, v) => e with { Mtu = v!.Value }),
        new MenuProperty<EthernetSettings, ArpMode>(
            "arp", CommonGrammars.Arp, static e => e.Arp, static (e, v) => e with { Arp = v!.Value }),
        new MenuProperty<EthernetSettings, bool>(
            "disabled", CommonGrammars.YesNo, static e => e.Disabled, static (e, v) => e with { Disabled = v!.Value }),
        new TextMenuProperty<EthernetSettings>(
            "comment", new TextGrammar(0, EthernetSettings.MostCommentLength), static e => e.Comment,
            static (e, v) => e with { Comment = v }, canUnset: true))
    {
        ReadOnly = new HashSet<string> { "default-name", "running", "slave", "switch", "loop-protect-status", "factory-name" },
        // Verbose exports write orig-mac-address like a property that can be set; it says what the hardware says.
        NotApplicable = new HashSet<string>
        {
            "advertise", "arp-timeout", "auto-negotiation", "bandwidth", "cable-settings", "combo-mode", "disable-running-check",
            "fec-mode", "full-duplex", "l2mtu", "loop-protect", "loop-protect-disable-time", "loop-protect-send-interval", "master-port",
            "mdix-enable", "orig-mac-address", "passthrough-interface", "poe-lldp-enabled", "poe-out", "poe-priority", "poe-voltage",
            "power-cycle-interval", "power-cycle-ping-address", "power-cycle-ping-enabled", "power-cycle-ping-timeout",
            "rx-flow-control", "sfp-ignore-rx-los", "sfp-rate-select", "sfp-shutdown-temperature", "speed", "tx-flow-control",
        },
    };

    static readonly string[] s_commands = ["set", "enable", "disable", "reset-mac-address"];

    public string Path => "interface/ethernet";

    public IReadOnlyList<string> Commands => s_commands;

    public IMenuQuery Query { get; } = new EthernetQuery();

    public IReadOnlyList<PropertyDescription> Describe() => PropertyDescription.Of(Properties);

    public void Execute(Statement statement, Loading loading)
    {
        switch (statement.Command)
        {
            case "set":
                Change(statement, loading, static port => port);
                break;
            case "enable":
                Change(statement, loading, static port => port with { Disabled = false });
                break;
            case "disable":
                Change(statement, loading, static port => port with { Disabled = true });
                break;
            case "reset-mac-address":
                Change(statement, loading, static port => port with { MacAddress = null });
                break;
            default:
                MenuCommands.Refuse(statement, loading.Diagnostics, s_commands);
                break;
        }
    }

    public IEnumerable<string> Export(RouterConfiguration configuration)
    {
        foreach (EthernetSettings port in configuration.Ethernets.Changed)
        {
            yield return $"set [ find default-name={port.DefaultName} ]{Properties.Write(port, new EthernetSettings(port.Number))}";
        }
    }

    /// <summary>Applies the properties of the statement to each port it names, and then <paramref name="command"/>.</summary>
    static void Change(Statement statement, Loading loading, Func<EthernetSettings, EthernetSettings> command)
    {
        bool known = TryTakePorts(statement, loading, out IReadOnlyList<int> numbers, out IReadOnlyList<Argument> rest);
        if (!known)
        {
            // The properties can be judged all the same, so that every finding comes out in one pass.
            Properties.Apply(new EthernetSettings(EthernetSettings.LeastNumber), rest, loading.Noted, loading.Diagnostics);
            return;
        }

        bool isNamed = rest.Any(static argument => argument.Name == "name");
        DiagnosticSink diagnostics = loading.Diagnostics;
        foreach (int number in numbers)
        {
            EthernetTable ports = loading.Configuration.Ethernets;
            EthernetSettings port = command(Properties.Apply(ports[number], rest, loading.Noted, diagnostics));
            loading.Configuration = loading.Configuration with { Ethernets = ports.With(port) };
            if (isNamed)
            {
                loading.Name(new NameKey(NameKind.Ethernet, (ulong)number), port.Name, statement);
            }

            // What is wrong with a property is wrong for every port; once is enough.
            diagnostics = new DiagnosticSink(loading.Diagnostics.Source);
        }
    }

    /// <summary>Takes the arguments that say which ports are meant; what remains is properties.</summary>
    static bool TryTakePorts(Statement statement, Loading loading, out IReadOnlyList<int> numbers, out IReadOnlyList<Argument> rest)
    {
        Argument? ports = statement.Arguments.FirstOrDefault(static argument => argument.Name is "" or "numbers");
        rest = [.. statement.Arguments.Where(argument => argument != ports)];
        numbers = [];
        switch (ports?.Value)
        {
            case TextValue { HasVariables: false } text:
                return TryResolve(text, loading, out numbers);
            case CommandValue find:
                return TryFind(find, statement, loading, out numbers);
            case null:
                loading.Diagnostics.Error(statement.CommandSpan, $"{statement.Command} does not say which ports it means", ExpectedPorts);
                return false;
            default:
                loading.Diagnostics.Error(ports.Span, "ports that are computed are not supported yet in this version", ExpectedPorts);
                return false;
        }
    }

    static bool TryResolve(TextValue text, Loading loading, out IReadOnlyList<int> numbers)
    {
        var found = new List<int>();
        int errors = 0;
        int start = 0;
        foreach (string item in text.Text.Split(','))
        {
            IReadOnlyList<int> named = Named(item, loading.Configuration.Ethernets);
            if (named.Count == 1)
            {
                found.Add(named[0]);
            }
            else
            {
                errors++;
                string shown = DiagnosticSink.Quote(item);
                loading.Diagnostics.Error(
                    item.Length == 0 ? text.Span : text.SpanOf(start, item.Length),
                    named.Count == 0 ? $"no Ethernet port {shown}" : $"{shown} is by now more than one port",
                    $"ether1 to ether{EthernetSettings.MostNumber}, or {ExpectedPorts}",
                    loading.Configuration.Ethernets.Changed.Select(static port => port.Name));
            }

            start += item.Length + 1;
        }

        numbers = [.. found.Distinct()];
        return errors == 0;
    }

    static IReadOnlyList<int> Named(string item, EthernetTable ports)
    {
        IReadOnlyList<int> named = ports.NumbersOf(item);
        if (named.Count > 0)
        {
            return named;
        }

        int number = -1;
        if (item.StartsWith('*') && int.TryParse(item.AsSpan(1), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out int id))
        {
            number = id;
        }
        else if (int.TryParse(item, NumberStyles.None, CultureInfo.InvariantCulture, out int position) && position < int.MaxValue)
        {
            number = position + 1;
        }

        return number is >= EthernetSettings.LeastNumber and <= EthernetSettings.MostNumber ? [number] : [];
    }

    static bool TryFind(CommandValue value, Statement statement, Loading loading, out IReadOnlyList<int> numbers)
    {
        numbers = [];
        Statement find = value.Command;
        if (find.Command != "find" || find.Menu != statement.Menu)
        {
            loading.Diagnostics.Error(
                find.HeadSpan, "only find of this menu can say which ports are meant", "[ find default-name=ether1 ]");
            return false;
        }

        if (!find.IsPlain)
        {
            IReadOnlyList<string>? ids = new EthernetQuery().Find(FindConditions.SpanOf(find.Arguments), loading);
            numbers = [.. (ids ?? []).Select(static id => int.Parse(id.AsSpan(1), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture))];
            return ids is not null;
        }

        List<Argument> conditions = [.. find.Arguments.Where(static a => a is not { Name: "", Value: TextValue { Text: "where" } })];
        if (conditions.Count == 0)
        {
            loading.Diagnostics.Error(
                value.Span, "find without a condition is not supported yet in this version", "[ find default-name=ether1 ]");
            return false;
        }

        HashSet<int>? found = null;
        foreach (Argument condition in conditions)
        {
            if (condition is not { Name: "default-name" or "name", Operator: ArgumentOperator.Assign }
                || condition.Value is not TextValue { HasVariables: false } text)
            {
                string shown = DiagnosticSink.Quote(loading.Diagnostics.Source.Slice(condition.Span));
                loading.Diagnostics.Error(
                    condition.Span, $"condition {shown} is not supported yet in this version", "default-name=etherN or name=…");
                return false;
            }

            IReadOnlyList<int> matching = condition.Name == "name" ? loading.Configuration.Ethernets.NumbersOf(text.Text)
                : EthernetTable.TryParseDefaultName(text.Text, out int number) ? [number] : [];
            if (matching.Count == 0)
            {
                loading.Diagnostics.Error(
                    text.Span, $"no Ethernet port has {condition.Name}={DiagnosticSink.Quote(text.Text)}",
                    $"default-name=ether1 to ether{EthernetSettings.MostNumber}, or a current name");
                return false;
            }

            found = found is null ? [.. matching] : [.. found.Intersect(matching)];
        }

        numbers = [.. found!.Order()];
        return true;
    }
}
