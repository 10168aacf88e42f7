using System.Globalization;
using System.Text;

namespace Conntrack.Control.Settings;

/// <summary>One command that two exports differ in.</summary>
/// <param name="Menu">Where it stands: <c>/ip firewall filter</c>.</param>
/// <param name="Before">Empty where it was added.</param>
/// <param name="After">Empty where it was removed.</param>
public sealed record ScriptDifferenceEntry(string Menu, string Before, string After);

/// <summary>What lies between two exports, for people as <c>diff -u</c> writes it, for programs command by command.</summary>
public sealed class ScriptDifference
{
    /// <summary>Lines around a change that <c>diff -u</c> shows.</summary>
    const int Context = 3;

    readonly string[] _before;
    readonly string[] _after;
    readonly List<LineChange> _changes;

    /// <summary>Compares two scripts as the exporter writes them: a menu on a line of its own, then its commands.</summary>
    public ScriptDifference(string beforeName, string before, string afterName, string after)
    {
        _before = Lines(before);
        _after = Lines(after);
        _changes = LineAlignment.Changes(_before, _after);
        Entries = [.. _changes.SelectMany(EntriesOf)];
        Unified = Write(beforeName, afterName);
    }

    /// <summary>Empty when there is no difference.</summary>
    public string Unified { get; }

    /// <summary>In the order of the script.</summary>
    public IReadOnlyList<ScriptDifferenceEntry> Entries { get; }

    static string[] Lines(string script) => script.Length == 0 ? [] : script.TrimEnd('\n').Split('\n');

    string Write(string beforeName, string afterName)
    {
        var text = new StringBuilder();
        for (int first = 0; first < _changes.Count;)
        {
            // Changes whose surroundings touch are one hunk.
            int last = first;
            while (last + 1 < _changes.Count && _changes[last + 1].Before - _changes[last].BeforeEnd <= 2 * Context)
            {
                last++;
            }

            WriteHunk(text, first, last);
            first = last + 1;
        }

        return text.Length == 0 ? "" : $"--- {beforeName}\n+++ {afterName}\n{text}";
    }

    void WriteHunk(StringBuilder text, int first, int last)
    {
        int lead = Math.Min(Context, _changes[first].Before);
        int from = _changes[first].Before - lead, to = Math.Min(_changes[last].BeforeEnd + Context, _before.Length);
        int afterFrom = _changes[first].After - lead, afterTo = _changes[last].AfterEnd + (to - _changes[last].BeforeEnd);
        text.Append("@@ -").Append(Range(from, to)).Append(" +").Append(Range(afterFrom, afterTo)).Append(" @@\n");
        int line = from;
        foreach (LineChange change in _changes[first..(last + 1)])
        {
            Append(' ', _before[line..change.Before]);
            Append('-', _before[change.Before..change.BeforeEnd]);
            Append('+', _after[change.After..change.AfterEnd]);
            line = change.BeforeEnd;
        }

        Append(' ', _before[line..to]);

        void Append(char mark, string[] lines)
        {
            foreach (string shown in lines)
            {
                text.Append(mark).Append(shown).Append('\n');
            }
        }
    }

    /// <summary>As diff -u numbers them: from 1, an empty range by the line in front of it, a length of one left out.</summary>
    static string Range(int from, int to) => string.Create(
        CultureInfo.InvariantCulture, $"{(to == from ? from : from + 1)}{(to - from == 1 ? "" : $",{to - from}")}");

    /// <summary>Within one change, commands of one menu that went and came are pairs in their order.</summary>
    IEnumerable<ScriptDifferenceEntry> EntriesOf(LineChange change)
    {
        List<(string Menu, string Command)> gone = Commands(_before, change.Before, change.BeforeEnd);
        List<(string Menu, string Command)> came = Commands(_after, change.After, change.AfterEnd);
        foreach (string menu in gone.Concat(came).Select(command => command.Menu).Distinct())
        {
            string[] before = [.. gone.Where(command => command.Menu == menu).Select(command => command.Command)];
            string[] after = [.. came.Where(command => command.Menu == menu).Select(command => command.Command)];
            for (int i = 0; i < Math.Max(before.Length, after.Length); i++)
            {
                yield return new ScriptDifferenceEntry(menu, before.ElementAtOrDefault(i) ?? "", after.ElementAtOrDefault(i) ?? "");
            }
        }
    }

    static List<(string Menu, string Command)> Commands(string[] lines, int from, int to)
    {
        int heading = from == 0 ? -1 : Array.FindLastIndex(lines, from - 1, IsMenu);
        string menu = heading < 0 ? "/" : lines[heading];
        List<(string, string)> commands = [];
        foreach (string line in lines[from..to])
        {
            if (IsMenu(line))
            {
                menu = line;
            }
            else
            {
                commands.Add((menu, line));
            }
        }

        return commands;
    }

    static bool IsMenu(string line) => line.StartsWith('/');
}
