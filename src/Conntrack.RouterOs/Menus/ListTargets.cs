using System.Globalization;
using Conntrack.RouterOs.Conditions;
using Conntrack.RouterOs.Language;
using Conntrack.RouterOs.Names;
using Conntrack.RouterOs.Settings;

namespace Conntrack.RouterOs.Menus;

/// <summary>
/// Which entries of a list a value names: <c>LAN</c> by name where they have one, <c>0,2</c> by number, <c>*1a</c> by internal id,
/// <c>[ find comment="x" ]</c> by what they say. Numbers count from 0 in the list as it is at that line.
/// </summary>
sealed class ListTargets<T>(ListMenu<T> menu, Loading loading)
    where T : ConfigurationEntry
{
    readonly EntryList<T> _entries = menu.Entries(loading.Configuration);
    readonly DiagnosticSink _diagnostics = loading.Diagnostics;

    /// <summary>The positions of the entries, in the order given, each once; null when that is wrong and reported.</summary>
    public IReadOnlyList<int>? Resolve(ScriptValue value, Statement statement)
    {
        switch (value)
        {
            case TextValue { HasVariables: false } text:
                return ResolveList(text);
            case CommandValue command:
                return Find(command, statement);
            default:
                _diagnostics.Error(
                    value.Span, "entries that are computed are not supported yet in this version", menu.ExpectedTargets);
                return null;
        }
    }

    List<int>? ResolveList(TextValue text)
    {
        var found = new List<int>();
        var seen = new HashSet<int>();
        bool known = true;
        int start = 0;
        foreach (string item in text.Text.Split(','))
        {
            int position = PositionOf(item);
            if (position < 0)
            {
                known = false;
                ReportMissing(item, item.Length == 0 ? text.Span : text.SpanOf(start, item.Length));
            }
            else if (seen.Add(position))
            {
                found.Add(position);
            }

            start += item.Length + 1;
        }

        return known ? found : null;
    }

    void ReportMissing(string item, SourceSpan span)
    {
        string expected = _entries.Count == 0
            ? $"{menu.Noun}, but {menu.MenuPath} is empty"
            : $"0 to {_entries.Count - 1}, {menu.OtherTargets}";
        _diagnostics.Error(
            span, $"there is no {menu.Noun} {DiagnosticSink.Quote(item)}", expected,
            menu.Names is { } kind ? loading.Names.Names(new NameKey(kind, 0).Scope) : null);
    }

    int PositionOf(string item)
    {
        if (menu.Names is { } kind && loading.Names.Find(new NameKey(kind, 0).Scope, item) is { } named && named.Kind == kind)
        {
            return _entries.IndexOf(named.Number);
        }

        if (item.StartsWith('*'))
        {
            return ulong.TryParse(item.AsSpan(1), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out ulong id)
                ? _entries.IndexOf(id)
                : -1;
        }

        return int.TryParse(item, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number < _entries.Count ? number : -1;
    }

    List<int>? Find(CommandValue value, Statement statement)
    {
        Statement find = value.Command;
        if (find.Command != "find" || find.Menu != statement.Menu)
        {
            _diagnostics.Error(
                find.HeadSpan, "only find of this menu can say which entries are meant", "[ find comment=\"…\" ]");
            return null;
        }

        Func<T, bool>? condition = static _ => true;
        if (FindConditions.SpanOf(find.Arguments) is SourceSpan span)
        {
            condition = menu.Fields.Parse(span, _diagnostics);
        }

        return condition is null
            ? null
            : [.. _entries.Index().Where(row => condition(row.Item)).Select(static row => row.Index)];
    }
}
