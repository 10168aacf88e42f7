using System.Text.Json;
using Conntrack.RouterOs.Firewall;
using Conntrack.RouterOs.Printing;

namespace Conntrack.RouterOs.Menus;

/// <summary>Prints rules as RouterOS 7 does, for all four menus.</summary>
public static class RulePrinter
{
    // A script that would make an invalid rule is refused: I is in the legend for RouterOS's sake.
    static readonly PrintFlag[] s_flags = [new('X', "disabled"), new('I', "invalid", SharesColumn: true), new('D', "dynamic")];

    static readonly string[] s_columns =
    [
        "chain", "action", "connection-state", "protocol", "src-address", "dst-address", "in-interface", "out-interface", "src-port",
        "dst-port",
    ];

    static readonly PrintTable<NumberedRule> s_brief = Table([.. s_columns.Select(Column)]);

    static readonly PrintTable<NumberedRule> s_stats = Table(
        Column("chain"), Column("action"),
        new("BYTES", RightAligned: true, static row => NumberText.Counter(row.Counters.Bytes)),
        new("PACKETS", RightAligned: true, static row => NumberText.Counter(row.Counters.Packets)));

    /// <summary>Prints a selection of one table's rules.</summary>
    /// <param name="writer">Where to.</param>
    /// <param name="rules">In the order they are to stand.</param>
    /// <param name="form">How; a plain print of rules is <see cref="PrintForm.Detail"/>.</param>
    /// <param name="width">Characters a line of the terminal has; null when the output is no terminal.</param>
    public static void Print(TextWriter writer, IReadOnlyList<NumberedRule> rules, PrintForm form, int? width = null)
    {
        switch (form)
        {
            case PrintForm.Brief:
                s_brief.Write(writer, rules, width);
                break;
            case PrintForm.Stats:
                s_stats.Write(writer, rules, width);
                break;
            case PrintForm.Detail:
                PrintDetail(writer, rules, width);
                break;
            case PrintForm.Terse:
                PrintTerse(writer, rules);
                break;
            case PrintForm.CountOnly:
                writer.WriteLine(NumberText.Plain((ulong)rules.Count));
                break;
            case PrintForm.AsValue:
                PrintAsValue(writer, rules);
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(form), form, "No such form of print.");
        }
    }

    /// <summary>
    /// Writes one rule as an object: <c>.id</c>, the properties it has as strings, comment, disabled, and its counters as numbers.
    /// </summary>
    public static void WriteJson(Utf8JsonWriter json, NumberedRule row)
    {
        json.WriteStartObject();
        json.WriteString(".id", Id(row.Rule));
        foreach ((string name, string value) in RuleProperties.Assignments(row.Rule))
        {
            json.WriteString(name, value);
        }

        if (row.Rule.Comment.Length > 0)
        {
            json.WriteString("comment", row.Rule.Comment);
        }

        json.WriteBoolean("disabled", row.Rule.Disabled);
        json.WriteBoolean("dynamic", row.IsDynamic);
        json.WriteNumber("packets", row.Counters.Packets);
        json.WriteNumber("bytes", row.Counters.Bytes);
        json.WriteEndObject();
    }

    static void PrintDetail(TextWriter writer, IReadOnlyList<NumberedRule> rules, int? width)
    {
        var detail = new PrintDetail(writer, s_flags, rules.Count == 0 ? 0 : rules.Max(static row => row.Number), width, capitals: true);
        foreach (NumberedRule row in rules)
        {
            detail.Write(NumberOf(row), Flags(row), Spelled(row.Rule), row.Rule.Comment);
        }
    }

    static void PrintTerse(TextWriter writer, IReadOnlyList<NumberedRule> rules)
    {
        int numberWidth = rules.Count == 0 ? 0 : NumberText.Plain((ulong)rules.Max(static row => row.Number)).Length;
        foreach (NumberedRule row in rules)
        {
            string comment = row.Rule.Comment.Length == 0 ? "" : $" comment={PrintComment.OneLine(row.Rule.Comment)}";
            writer.WriteLine(
                $"{(row.IsDynamic ? "" : NumberText.Plain((ulong)row.Number)).PadLeft(numberWidth)} {(row.IsDynamic ? 'D' : row.Rule.Disabled ? 'X' : ' ')}{comment} "
                + string.Join(' ', Spelled(row.Rule)));
        }
    }

    /// <summary>One array of arrays as <c>:put</c> writes it: all on one line, keys in alphabetical order.</summary>
    static void PrintAsValue(TextWriter writer, IReadOnlyList<NumberedRule> rules) =>
        writer.WriteLine(string.Join(';', rules.SelectMany(static row =>
            RuleProperties.Assignments(row.Rule)
                .Append((".id", Id(row.Rule)))
                .Append(("comment", PrintComment.OneLine(row.Rule.Comment)))
                .Append(("disabled", row.Rule.Disabled ? "true" : "false"))
                .Where(static entry => entry.Item2.Length > 0)
                .OrderBy(static entry => entry.Item1, StringComparer.Ordinal)
                .Select(static entry => $"{entry.Item1}={entry.Item2}"))));

    static string Id(FirewallRule rule) => $"*{rule.Id:x}";

    static IEnumerable<string> Spelled(FirewallRule rule) =>
        from property in RuleProperties.Of(rule.Family, rule.Table).Properties
        where property.Name is not ("disabled" or "comment")
        let value = property.Write(rule)
        where value is not null
        select $"{property.Name}={value}";

    static int? NumberOf(NumberedRule row) => row.IsDynamic ? null : row.Number;

    static ulong Flags(NumberedRule row) => (row.Rule.Disabled ? 1UL : 0) | (row.IsDynamic ? 4UL : 0);

    static PrintTable<NumberedRule> Table(params PrintColumn<NumberedRule>[] columns) =>
        new(NumberOf, s_flags, Flags, columns) { Comment = static row => row.Rule.Comment };

    static PrintColumn<NumberedRule> Column(string name) => new(
        name.ToUpperInvariant(), RightAligned: false,
        row => RuleProperties.Of(row.Rule.Family, row.Rule.Table).Find(name)?.Text(row.Rule) ?? "");
}
