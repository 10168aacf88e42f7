using Conntrack.RouterOs.Language;
using Conntrack.RouterOs.Menus;

namespace Conntrack.RouterOs.Names;

/// <summary>
/// What entries call others while a script is loaded. An entry means the one that has the name when it is written, and follows it when
/// that one is renamed later; a name that nothing has then may still be given further down in the script.
/// </summary>
public sealed class NameUse
{
    readonly Dictionary<(string Menu, ulong Entry, string Slot), Use[]> _assigned = [];

    /// <summary>Whether every entry still has the right names: nothing was renamed and nobody was referred to.</summary>
    internal bool IsEmpty => _assigned.Count == 0;

    /// <summary>Notes whom an entry's property was just made to refer to, by the names they have now.</summary>
    /// <param name="menu">The path of the entry's menu.</param>
    /// <param name="entry">The entry as the statement made it.</param>
    /// <param name="id">The entry's id.</param>
    /// <param name="reference">The property.</param>
    /// <param name="statement">The command; its argument of that name is what findings point at.</param>
    /// <param name="loading">The script on its way.</param>
    internal void Assign<T>(string menu, T entry, ulong id, NameReference<T> reference, Statement statement, Loading loading)
    {
        IReadOnlyList<string> names = reference.Read(entry);
        if (names.Count == 0)
        {
            _assigned.Remove((menu, id, reference.Slot));
            return;
        }

        Argument? argument = statement.Arguments.LastOrDefault(argument => argument.Name == reference.Property);
        var uses = new Use[names.Count];
        int from = 0;
        for (int i = 0; i < uses.Length; i++)
        {
            SourceSpan span = argument?.Value?.Span ?? statement.HeadSpan;
            if (argument?.Value is TextValue text && text.Text.TrimStart('!') != names[i]
                && text.Text.IndexOf(names[i], from, StringComparison.Ordinal) is >= 0 and int at)
            {
                from = at + names[i].Length;
                span = text.SpanOf(at, names[i].Length);
            }

            uses[i] = new Use(loading.Names.Find(reference.Scope, names[i]), span);
        }

        _assigned[(menu, id, reference.Slot)] = uses;
    }

    /// <summary>
    /// The entry under the names that those it refers to have by now; those that are not there are reported. <paramref name="entry"/> has to
    /// be as the script's commands left it: names are looked up as they were when they were written.
    /// </summary>
    internal T Rename<T>(string menu, T entry, ulong id, NameReference<T> reference, Loading loading, DiagnosticSink diagnostics)
    {
        IReadOnlyList<string> names = reference.Read(entry);
        if (names.Count == 0)
        {
            return entry;
        }

        _assigned.TryGetValue((menu, id, reference.Slot), out Use[]? uses);
        string[] renamed = new string[names.Count];
        for (int i = 0; i < renamed.Length; i++)
        {
            renamed[i] = Rename(names[i], uses is null ? null : uses[i], reference, loading, diagnostics);
        }

        return renamed.SequenceEqual(names) ? entry : reference.Write(entry, renamed);
    }

    static string Rename<T>(string name, Use? use, NameReference<T> reference, Loading loading, DiagnosticSink diagnostics)
    {
        NameKey? key = use is { } assigned ? assigned.Key : loading.BaseNames.Find(reference.Scope, name);
        string? now = key is { } meant ? loading.Names.NameOf(meant) : null;
        if (now is null)
        {
            // Removed, or not there when it was written: whoever has the name by now is meant.
            key = loading.Names.Find(reference.Scope, name);
            now = key is null ? null : name;
        }

        if (now is null)
        {
            ReportMissing(name, use, reference, loading, diagnostics);
            return name;
        }

        if (reference.CanSpell?.Invoke(now) == false && loading.ReportedNames.Add($"{reference.Property}={now}"))
        {
            SourceSpan span = loading.NameSpans.TryGetValue(key!.Value, out SourceSpan named) ? named : use?.Span ?? default;
            diagnostics.Error(span, reference.Misspelt, "another name");
        }

        return now;
    }

    static void ReportMissing<T>(string name, Use? use, NameReference<T> reference, Loading loading, DiagnosticSink diagnostics)
    {
        string quoted = DiagnosticSink.Quote(name);
        if (use is { } assigned)
        {
            diagnostics.Error(
                assigned.Span, $"{reference.Property}: there is no {reference.Scope.Noun()} {quoted}", reference.Scope.Expected(),
                loading.Names.Names(reference.Scope));
        }
        else if (loading.Noted.Add($"removed {reference.Scope} {name}"))
        {
            // The configuration underneath was checked when it was made, so this script has removed it.
            SourceSpan span = loading.BaseNames.Find(reference.Scope, name) is { } key
                && loading.NameSpans.TryGetValue(key, out SourceSpan removed) ? removed : default;
            diagnostics.Error(
                span, $"the {reference.Scope.Noun()} {quoted} is still in use: {reference.Property} names it", "its users removed too");
        }
    }

    readonly record struct Use(NameKey? Key, SourceSpan Span);
}
