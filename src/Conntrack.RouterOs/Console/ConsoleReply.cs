using System.Text.Json;
using Conntrack.RouterOs.Firewall;
using Conntrack.RouterOs.Language;
using Conntrack.RouterOs.Settings;

namespace Conntrack.RouterOs.Console;

/// <summary>A connection that is to be removed.</summary>
public readonly record struct ConnectionReference(RuleFamily Family, ulong Id);

/// <summary>An address that a rule has listed and that is to be taken off its list.</summary>
public readonly record struct ListedAddressReference(RuleFamily Family, string List, UInt128 Address);

/// <summary>
/// What became of a command: what it shows, and what it wants done. Whoever asked does it, all of it; a reply that is not
/// <see cref="Ok"/> wants nothing done.
/// </summary>
public sealed record ConsoleReply
{
    /// <summary>Every finding, in the order of the command.</summary>
    public IReadOnlyList<Diagnostic> Findings { get; init; } = [];

    public bool Ok => Findings.All(static finding => finding.Severity != Severity.Error);

    public IReadOnlyList<ConsoleOutput> Outputs { get; init; } = [];

    /// <summary>The configuration the router is to have now; null when the command changed none of it.</summary>
    public RouterConfiguration? Configuration { get; init; }

    /// <summary>Connections to drop; the next packet of one is a new connection.</summary>
    public IReadOnlyList<ConnectionReference> RemovedConnections { get; init; } = [];

    /// <summary>Addresses to take off the lists that rules have put them on.</summary>
    public IReadOnlyList<ListedAddressReference> RemovedAddresses { get; init; } = [];

    /// <summary>Ids of the rules whose counters are to start again from zero.</summary>
    public IReadOnlyList<ulong> ResetCounters { get; init; } = [];

    /// <summary>How often the command, a print, is to be carried out again; null for once.</summary>
    public PrintRepetition? Repetition { get; init; }

    /// <summary>The menu of the next command, as a prompt shows it: <c>/ip/firewall/filter</c>; empty for the root.</summary>
    public string Menu { get; init; } = "";

    /// <summary>Writes what a person wants to see: the findings, and unless one of them is an error the outputs.</summary>
    public void Write(TextWriter writer, int? width = null)
    {
        foreach (Diagnostic finding in Findings)
        {
            writer.WriteLine(finding);
        }

        WriteOutputs(writer, width);
    }

    /// <summary>Writes what a person wants to see of a command whose findings are shown otherwise.</summary>
    public void WriteOutputs(TextWriter writer, int? width = null)
    {
        foreach (ConsoleOutput output in Outputs)
        {
            output.Write(writer, width);
        }
    }

    /// <summary>
    /// Writes one JSON value: that of the output, an array for several, null for none; or an object <c>{"errors":[…]}</c>.
    /// </summary>
    public void WriteJson(Utf8JsonWriter json)
    {
        if (!Ok)
        {
            WriteErrors(json);
        }
        else if (Outputs is [ConsoleOutput only])
        {
            only.WriteJson(json);
        }
        else if (Outputs.Count == 0)
        {
            json.WriteNullValue();
        }
        else
        {
            json.WriteStartArray();
            foreach (ConsoleOutput output in Outputs)
            {
                output.WriteJson(json);
            }

            json.WriteEndArray();
        }
    }

    void WriteErrors(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteStartArray("errors");
        foreach (Diagnostic finding in Findings.Where(static finding => finding.Severity == Severity.Error))
        {
            json.WriteStartObject();
            json.WriteNumber("line", finding.Line);
            json.WriteNumber("column", finding.Column);
            json.WriteString("word", finding.Word);
            json.WriteString("message", finding.Message);
            json.WriteString("expected", finding.Expected);
            json.WriteString("nearest", finding.Nearest);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }
}
