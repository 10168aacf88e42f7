using System.Text.Json;
using Conntrack.RouterOs.Connections;
using Conntrack.RouterOs.Firewall;
using Conntrack.RouterOs.Menus;
using Conntrack.RouterOs.Printing;
using Conntrack.RouterOs.Settings;

namespace Conntrack.RouterOs.Console;

/// <summary>What one command shows: as people read it, and as programs do.</summary>
public abstract record ConsoleOutput
{
    /// <param name="writer">Where to.</param>
    /// <param name="width">Characters a line of the terminal has; null when the output is no terminal.</param>
    public abstract void Write(TextWriter writer, int? width);

    /// <summary>Writes one JSON value.</summary>
    public abstract void WriteJson(Utf8JsonWriter json);
}

/// <summary><c>print</c> of a connection list. The rows are kept as they are: a list may have a million.</summary>
public sealed record ConnectionsOutput(RuleFamily Family, IReadOnlyList<NumberedConnection> Rows, PrintForm Form) : ConsoleOutput
{
    public override void Write(TextWriter writer, int? width) => ConnectionPrinter.Print(writer, Rows, Form, width);

    public override void WriteJson(Utf8JsonWriter json)
    {
        if (Form == PrintForm.CountOnly)
        {
            json.WriteNumberValue(Rows.Count);
            return;
        }

        json.WriteStartArray();
        foreach (NumberedConnection row in Rows)
        {
            ConnectionJson.Write(json, row.Connection);
        }

        json.WriteEndArray();
    }
}

/// <summary><c>print</c> of a table of rules.</summary>
public sealed record RulesOutput(RuleFamily Family, RuleTable Table, IReadOnlyList<NumberedRule> Rows, PrintForm Form) : ConsoleOutput
{
    public override void Write(TextWriter writer, int? width) => RulePrinter.Print(writer, Rows, Form, width);

    public override void WriteJson(Utf8JsonWriter json)
    {
        if (Form == PrintForm.CountOnly)
        {
            json.WriteNumberValue(Rows.Count);
            return;
        }

        json.WriteStartArray();
        foreach (NumberedRule row in Rows)
        {
            RulePrinter.WriteJson(json, row);
        }

        json.WriteEndArray();
    }
}

/// <summary><c>print</c> of any other list.</summary>
public sealed record ListingOutput<TRow>(Listing<TRow> Listing, IReadOnlyList<TRow> Rows, PrintForm Form) : ConsoleOutput
{
    public override void Write(TextWriter writer, int? width) => Listing.Print(writer, Rows, Form, width);

    public override void WriteJson(Utf8JsonWriter json)
    {
        if (Form == PrintForm.CountOnly)
        {
            json.WriteNumberValue(Rows.Count);
            return;
        }

        json.WriteStartArray();
        foreach (TRow row in Rows)
        {
            Listing.WriteJson(json, row);
        }

        json.WriteEndArray();
    }
}

/// <summary><c>print</c> of a menu that is one set of settings: every property as it is printed, and how programs take it.</summary>
public sealed record SettingsOutput(IReadOnlyList<(string Name, ValueKind Kind, string Value)> Properties, PrintForm Form) : ConsoleOutput
{
    public override void Write(TextWriter writer, int? width)
    {
        if (Form == PrintForm.AsValue)
        {
            writer.WriteLine(string.Join(';', Properties
                .OrderBy(static property => property.Name, StringComparer.Ordinal)
                .Select(static property => $"{property.Name}={property.Value}")));
        }
        else
        {
            PrintRecord.Write(writer, [.. Properties.Select(static property => (property.Name, property.Value))]);
        }
    }

    public override void WriteJson(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        foreach ((string name, ValueKind kind, string value) in Properties)
        {
            switch (kind)
            {
                case ValueKind.Number when ulong.TryParse(value, out ulong number):
                    json.WriteNumber(name, number);
                    break;
                case ValueKind.Flag:
                    json.WriteBoolean(name, value == "yes");
                    break;
                default:
                    json.WriteString(name, value);
                    break;
            }
        }

        json.WriteEndObject();
    }
}

/// <summary><c>print</c> of the tracking settings.</summary>
public sealed record TrackingOutput(TrackingSettings Settings, TrackingStatus Status, PrintForm Form) : ConsoleOutput
{
    public override void Write(TextWriter writer, int? width) => TrackingPrinter.Print(writer, Settings, Status, Form);

    public override void WriteJson(Utf8JsonWriter json) => TrackingPrinter.WriteJson(json, Settings, Status);
}

/// <summary><c>export</c>: a script.</summary>
public sealed record ScriptOutput(string Script) : ConsoleOutput
{
    public override void Write(TextWriter writer, int? width) => writer.Write(Script);

    public override void WriteJson(Utf8JsonWriter json) => json.WriteStringValue(Script);
}
