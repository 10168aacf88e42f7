using Conntrack.RouterOs.Connections;
using Conntrack.RouterOs.Language;
using Conntrack.RouterOs.Menus;
using Conntrack.RouterOs.Settings;

namespace Conntrack.RouterOs.Console.Completion;

/// <summary>
/// Says what could stand at the cursor of a line being typed: menus and commands, properties not given yet, words of a property, names,
/// variables. It goes by the same tables as the commands themselves, so that what it offers is accepted.
/// </summary>
public sealed class ConsoleCompleter
{
    static readonly string[] s_targets = ["set", "remove", "enable", "disable", "move", "comment", "unset", "get", "reset-counters"];
    static readonly string[] s_operators = ["!=", "<=", ">=", "=", "<", ">", "~"];

    readonly TypedLine _line;
    readonly KnownNames _names;
    readonly string _text;
    readonly List<CompletionCandidate> _candidates = [];
    string _expected = "";
    int _start;
    string _prefix;

    ConsoleCompleter(string text, Menu menu, IRouterView router)
    {
        _text = text;
        _names = new KnownNames(router);
        _line = TypedLine.Read(text, menu);
        (_start, _prefix) = (_line.Current.Start, _line.Current.Text);
    }

    /// <summary>What could stand at <paramref name="cursor"/>.</summary>
    /// <param name="text">The line, or the lines of an open block.</param>
    /// <param name="cursor">In UTF-16 units from its beginning; what is behind it does not matter.</param>
    /// <param name="menu">The menu it is typed in, as in a prompt; empty for the root.</param>
    /// <param name="router">Whose names are known.</param>
    public static ConsoleCompletion Complete(string text, int cursor, string menu, IRouterView router)
    {
        var completer = new ConsoleCompleter(text[..Math.Clamp(cursor, 0, text.Length)], MenuTree.Find(menu) ?? MenuTree.Root, router);
        completer.Complete();
        return new ConsoleCompletion(
            completer._start, completer._text.Length - completer._start,
            [
                .. completer._candidates.Where(candidate => candidate.Text.StartsWith(completer._prefix, StringComparison.Ordinal))
                    .DistinctBy(static candidate => candidate.Text).OrderBy(static candidate => candidate.Text, StringComparer.Ordinal),
            ],
            completer._expected);
    }

    /// <summary>Whether a text is not finished: the command goes on with the next line.</summary>
    public static bool IsOpen(string text) => TypedLine.Read(text, MenuTree.Root).IsOpen;

    /// <summary>Whether the end of a text is in quotes or in a comment, where every character stands for itself.</summary>
    public static bool IsQuoted(string text) => TypedLine.Read(text, MenuTree.Root) is { InQuotes: true } or { InComment: true };

    void Complete()
    {
        if (_line.InComment)
        {
            return;
        }

        int dollar = _prefix.LastIndexOf('$');
        if (dollar >= 0 && _prefix.AsSpan(dollar + 1).IndexOfAnyExcept(s_nameCharacters) < 0)
        {
            Cut(dollar + 1);
            Offer(KnownNames.Variables(_text), CandidateKind.Variable);
        }
        else if (_line.InParentheses)
        {
            Condition(_line.OuterWords, always: false);
        }
        else if (!_line.InQuotes || _prefix.Contains('='))
        {
            Command();
        }
    }

    static readonly System.Buffers.SearchValues<char> s_nameCharacters =
        System.Buffers.SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789");

    void Command()
    {
        (Menu? menu, string? command, int arguments) = TypedLine.Resolve(_line.Menu, _line.Words);
        if (menu is null)
        {
            return;
        }

        IReadOnlyList<TypedWord> given = [.. _line.Words.Skip(arguments)];
        switch (command)
        {
            case null:
                Path(menu);
                break;
            case [':', ..]:
                Offer(CommandWords.ArgumentsOf(command).Where(word => !given.Any(other => other.Text.StartsWith(word, StringComparison.Ordinal))), CandidateKind.Keyword);
                break;
            case "print":
                Print(menu, given);
                break;
            case "find":
                Condition(_line.Words, always: true);
                break;
            default:
                Arguments(menu, command, given);
                break;
        }
    }

    /// <summary>The next word of a path, or a command of the menu it leads to.</summary>
    void Path(Menu menu)
    {
        int slash = _prefix.LastIndexOf('/');
        if (slash >= 0)
        {
            if (!TypedLine.Enter(menu, _prefix[..(slash + 1)], _line.Words.Count == 0, out Menu? reached, out string? command) || command is not null)
            {
                return;
            }

            menu = reached!;
            Cut(slash + 1);
        }

        foreach (Menu child in menu.Children.Where(CommandWords.Leads))
        {
            _candidates.Add(new CompletionCandidate(child.Path[(child.Path.LastIndexOfAny(['/', ' ']) + 1)..], CandidateKind.Menu));
        }

        foreach (string word in CommandWords.Of(menu))
        {
            _candidates.Add(new CompletionCandidate(word, CandidateKind.Command, CommandWords.Does(word)));
        }

        if (slash < 0 && _line.Words.Count == 0 && (_prefix.StartsWith(':') || (menu.Parent is null && _prefix.Length > 0)))
        {
            Offer(ScriptCommands.Names.Select(name => _prefix.StartsWith(':') ? name : name[1..]), CandidateKind.Command);
        }
    }

    void Print(Menu menu, IReadOnlyList<TypedWord> given)
    {
        if (given.Any(static word => word.Text == "where"))
        {
            Condition(_line.Words, always: false);
            return;
        }

        int equals = _prefix.IndexOf('=');
        if (equals < 0)
        {
            foreach ((string word, string does) in PrintWords.Described)
            {
                string text = PrintWords.TakesValue(word) ? word + "=" : word;
                if (!given.Any(other => other.Text == word || other.Text.StartsWith(word + "=", StringComparison.Ordinal)))
                {
                    _candidates.Add(new CompletionCandidate(text, CandidateKind.Keyword, does));
                }
            }

            return;
        }

        string name = _prefix[..equals];
        if (name is "order-by" or "proplist")
        {
            Cut(Math.Max(equals, _prefix.LastIndexOf(',')) + 1);
            Offer(FieldsOf(menu), CandidateKind.Property);
        }
        else if (name == "from")
        {
            Cut(Math.Max(equals, _prefix.LastIndexOf(',')) + 1);
            Offer(_names.Entries(menu), CandidateKind.Name);
        }
        else
        {
            Value(menu, name, equals + 1);
        }
    }

    /// <summary>A condition behind <c>find</c> or <c>where</c>, in parentheses too.</summary>
    void Condition(IReadOnlyList<TypedWord> words, bool always)
    {
        (Menu? menu, string? command, int arguments) = TypedLine.Resolve(_line.Menu, words);
        bool isCondition = always || (menu is not null && (command == "find" || words.Skip(arguments).Any(static word => word.Text == "where")));
        if (!isCondition)
        {
            return;
        }

        while (_prefix.StartsWith('!') || _prefix.StartsWith('('))
        {
            Cut(1);
        }

        int operation = s_operators.Select(word => _prefix.IndexOf(word, StringComparison.Ordinal)).Where(static at => at > 0).DefaultIfEmpty(-1).Min();
        if (operation < 0)
        {
            foreach (string name in FieldsOf(menu!))
            {
                _candidates.Add(new CompletionCandidate(name, CandidateKind.Property, Describe(menu!).FirstOrDefault(p => p.Name == name)?.Expected ?? ""));
            }

            if (always && words.Count == arguments)
            {
                Offer(["where"], CandidateKind.Keyword);
            }

            return;
        }

        int length = s_operators.First(word => _prefix.AsSpan(operation).StartsWith(word)).Length;
        Value(menu!, _prefix[..operation], operation + length);
    }

    void Arguments(Menu menu, string command, IReadOnlyList<TypedWord> given)
    {
        int equals = _prefix.IndexOf('=');
        if (equals > 0)
        {
            Value(menu, _prefix[..equals], equals + 1);
            return;
        }

        bool isSettings = ScriptLoader.ActionsOf(menu)?.Commands is ["set"] && ConsoleSession.RulesOf(menu.Path) is null;
        int unnamed = given.Count(static word => !word.Text.Contains('=') && !word.Text.StartsWith('!'));
        if (!isSettings && s_targets.Contains(command) && unnamed == 0)
        {
            Offer(_names.Entries(menu).Select(static name => ScriptText.Quote(name)), CandidateKind.Name);
            _expected = "a number, an id such as *1a, or [find …]";
            if (_prefix.Length == 0)
            {
                _candidates.Add(new CompletionCandidate("[find ", CandidateKind.Keyword, "entries that meet a condition"));
            }

            return;
        }

        if (command is "get" or "unset")
        {
            Offer(FieldsOf(menu), CandidateKind.Property);
        }
        else if (command is "add" or "set")
        {
            Properties(menu, command, given);
        }
    }

    void Properties(Menu menu, string command, IReadOnlyList<TypedWord> given)
    {
        bool negated = _prefix.StartsWith('!');
        if (negated)
        {
            Cut(1);
        }

        foreach (PropertyDescription property in Describe(menu))
        {
            if (!given.Any(word => word.Text.TrimStart('!').Split('=')[0] == property.Name))
            {
                _candidates.Add(new CompletionCandidate(
                    negated || property.IsSwitch ? property.Name : property.Name + "=", CandidateKind.Property, property.Expected));
            }
        }

        if (command == "add" && !negated)
        {
            _candidates.Add(new CompletionCandidate("copy-from=", CandidateKind.Property, "the entry whose properties it begins with"));
            if (CommandWords.Of(menu).Contains("move"))
            {
                _candidates.Add(new CompletionCandidate("place-before=", CandidateKind.Property, "the entry it is to stand in front of"));
            }
        }
    }

    /// <summary>The value of a property, or the part of it behind the last comma.</summary>
    void Value(Menu menu, string name, int start)
    {
        int from = Math.Max(start, _prefix.LastIndexOf(',') + 1);
        from += from < _prefix.Length && _prefix[from] == '!' ? 1 : 0;
        Cut(from);
        if (name is "place-before" or "copy-from" or "numbers" or "destination")
        {
            Offer(_names.Entries(menu).Select(static entry => ScriptText.Quote(entry)), CandidateKind.Name);
            _expected = "a number, an id such as *1a, or [find …]";
            return;
        }

        if (Describe(menu).FirstOrDefault(property => property.Name == name) is not PropertyDescription property)
        {
            return;
        }

        _expected = property.Expected;
        IReadOnlyList<string> words = property.Words ?? [];
        // RouterOS takes true for yes, and offers yes.
        Offer(words.Contains("yes") ? words.Except(["true", "false"]) : words, CandidateKind.Value);
        if (property.Scope is { } scope)
        {
            Offer(_names.Of(scope).Select(static known => ScriptText.Quote(known)), CandidateKind.Name);
        }

        if (ConsoleSession.RulesOf(menu.Path) is var (family, table))
        {
            Offer(_names.InRules(family, table, name).Select(static known => ScriptText.Quote(known)), CandidateKind.Name);
        }
    }

    /// <summary>The first part of the word at the cursor stays as it is.</summary>
    void Cut(int length)
    {
        _start += length;
        _prefix = _prefix[length..];
    }

    void Offer(IEnumerable<string> words, CandidateKind kind) =>
        _candidates.AddRange(words.Select(word => new CompletionCandidate(word, kind)));

    static IEnumerable<string> FieldsOf(Menu menu) =>
        ConsoleSession.ConnectionsOf(menu.Path) is not null ? ConnectionFields.All.Names
        : ConsoleSession.RulesOf(menu.Path) is var (family, table) ? RuleFields.ForPrint(family, table).Names
        : MenuPrinters.Of(menu)?.Names ?? Describe(menu).Select(static property => property.Name);

    static IReadOnlyList<PropertyDescription> Describe(Menu menu) =>
        ConsoleSession.ConnectionsOf(menu.Path) is not null
            ? [.. ConnectionFields.All.Names.Select(static name => ConnectionFields.All.Find(name)!).Select(
                static field => new PropertyDescription(field.Name, field.Expected, field.Words))]
        : ConsoleSession.RulesOf(menu.Path) is var (family, table)
            ? PropertyDescription.Of(RuleProperties.Of(family, table), RuleProperties.References)
        : ScriptLoader.ActionsOf(menu)?.Describe() ?? [];
}
