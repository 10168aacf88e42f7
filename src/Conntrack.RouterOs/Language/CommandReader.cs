namespace Conntrack.RouterOs.Language;

/// <summary>How a command line ended.</summary>
enum CommandLine
{
    /// <summary>It is a whole command.</summary>
    Command,
    /// <summary>It is only a path: the menu changes for the lines that follow.</summary>
    MenuOnly,
    /// <summary>A path and a brace: the menu changes up to the closing brace. The cursor is on the brace.</summary>
    Block,
    /// <summary>An error was reported; the cursor is somewhere inside.</summary>
    Failed,
    /// <summary>As <see cref="Failed"/>, and what failed was meant to change the menu.</summary>
    FailedMenu,
    /// <summary>It belongs to a menu that could not be determined, which has been reported.</summary>
    Skipped,
}

/// <summary>Reads one command line: path, command, arguments. Every menu word decides what the next word can be.</summary>
sealed class CommandReader
{
    /// <summary>Words that are commands in whatever menu they stand, and never the name of a menu being entered.</summary>
    static readonly HashSet<string> s_verbs =
        ["add", "set", "remove", "enable", "disable", "move", "print", "find", "get", "export", "unset"];

    readonly ScriptCursor _cursor;
    readonly IMenuNode _root;
    readonly ArgumentReader _arguments;

    public CommandReader(ScriptCursor cursor, IMenuNode root)
    {
        _cursor = cursor;
        _root = root;
        _arguments = new ArgumentReader(cursor, this, root);
    }

    /// <summary>The menu reached by the last line read; null when it could not be found out.</summary>
    public IMenuNode? Menu { get; private set; }

    public Statement? Statement { get; private set; }

    /// <summary>Where the menu of the line being read became uncertain; null where it is certain or simply not known.</summary>
    public SourceSpan? Doubtful { get; set; }

    /// <summary>Reads a line that starts from the menu <paramref name="current"/>; null after a path that was not understood.</summary>
    public CommandLine Read(IMenuNode? current)
    {
        _arguments.IsBroken = false;
        return ReadLine(current, inBrackets: false);
    }

    /// <summary>The command of a <c>[ … ]</c> behind its bracket; null when it is broken.</summary>
    public Statement? ReadInBrackets(IMenuNode current)
    {
        Statement? outer = Statement;
        IMenuNode? menu = Menu;
        CommandLine line = ReadLine(current, inBrackets: true);
        Statement? inner = Statement;
        Statement = outer;
        Menu = menu;
        if (line == CommandLine.MenuOnly)
        {
            _cursor.Diagnostics.Error(
                new SourceSpan(Math.Min(_cursor.Offset, _cursor.Text.Length), 0), "brackets without a command", "a command such as find");
        }

        return line == CommandLine.Command ? inner : null;
    }

    /// <summary>The commands of a <c>{ … }</c> behind its brace, up to the closing one, which the cursor is left on.</summary>
    public IReadOnlyList<Statement> ReadBlock()
    {
        (Statement? outer, IMenuNode? menu, SourceSpan? doubtful) = (Statement, Menu, Doubtful);
        var lines = new LineReader(_cursor, this, menu, doubtful);
        var commands = new List<Statement>();
        while (lines.Next() is Statement statement)
        {
            commands.Add(statement);
        }

        (Statement, Menu, Doubtful) = (outer, menu, doubtful);
        return commands;
    }

    /// <summary>One value by itself, as in a condition of <paramref name="menu"/>; null when it is broken.</summary>
    public ScriptValue? ReadValue(IMenuNode menu, int end)
    {
        _arguments.IsBroken = false;
        Menu = menu;
        ScriptValue value = _arguments.ReadSingle(menu, end);
        return _arguments.IsBroken ? null : value;
    }

    CommandLine ReadLine(IMenuNode? current, bool inBrackets)
    {
        Statement = null;
        Menu = current;
        _cursor.SkipBlanks();
        if (_cursor.Current == '$')
        {
            return ReadCall(inBrackets);
        }

        if (_cursor.Current == '[' && !inBrackets && Menu is not null)
        {
            return ReadBracketed(Menu);
        }

        // ":ip address" is as good as "/ip address".
        if (_cursor.Current == ':' && !IsMenuBehindColon())
        {
            return ReadConstruct(SourceSpan.Between(_cursor.Offset, _cursor.NameEnd(_cursor.Offset + 1)), inBrackets);
        }

        int start = _cursor.Offset;
        int pathEnd = start;
        bool absolute = false;
        if (_cursor.Current is '/' or ':')
        {
            Menu = _root;
            absolute = true;
            pathEnd = ++_cursor.Offset;
        }

        bool first = !absolute;
        SourceSpan unlisted = default;
        while (true)
        {
            SkipSeparators();
            if (EndsLine(inBrackets))
            {
                return Menu is null ? CommandLine.Skipped : CommandLine.MenuOnly;
            }

            if (_cursor.Current == '{' && !inBrackets)
            {
                return CommandLine.Block;
            }

            SourceSpan word = ReadPathWord();
            if (unlisted.Length > 0 && Menu is { IsKnown: false } && (word.Length == 0 || _cursor.Current == '='))
            {
                // Arguments follow, so the last word no table lists was a command: /user expire-password "admin".
                _cursor.Offset = word.Start;
                Menu = Menu.Parent;
                return ReadArguments(Menu!, SourceSpan.Between(start, pathEnd), unlisted, inBrackets);
            }

            if (word.Length == 0)
            {
                return Fail(new SourceSpan(word.Start, 1), $"unexpected {DiagnosticSink.Quote([_cursor.Current])}", "a menu or a command");
            }

            if (_cursor.Current == '=')
            {
                return Menu is null
                    ? CommandLine.Skipped
                    : Fail(word, $"property {Quote(word)} without a command", "a command such as add or set before it");
            }

            switch (Enter(word, first))
            {
                case Step.Submenu when Menu!.IsKnown:
                    pathEnd = word.End;
                    break;
                case Step.Submenu:
                    pathEnd = unlisted.Length > 0 ? unlisted.End : pathEnd;
                    unlisted = word;
                    break;
                case Step.FromRoot:
                    pathEnd = word.End;
                    absolute = true;
                    break;
                case Step.Command:
                    return ReadArguments(Menu!, SourceSpan.Between(start, pathEnd), word, inBrackets);
                case Step.Construct:
                    return ReadConstruct(word, inBrackets);
                case Step.Lost:
                    return CommandLine.Skipped;
                default:
                    return Refuse(word, absolute, first);
            }

            first = false;
        }
    }

    enum Step
    {
        Submenu,
        FromRoot,
        Command,
        Construct,
        Lost,
        Unknown,
    }

    Step Enter(SourceSpan word, bool first)
    {
        ReadOnlySpan<char> text = _cursor.Diagnostics.Source.Slice(word);
        if (Menu is not null)
        {
            if (text is "..")
            {
                Menu = Menu.Parent ?? Menu;
                return Step.Submenu;
            }

            if (Menu.Child(text) is IMenuNode child)
            {
                if (first && _root.Child(text) is IMenuNode same && same != child && OnlyFitsBehind(same, child))
                {
                    Menu = same;
                    return Step.FromRoot;
                }

                Menu = child;
                return Step.Submenu;
            }

            if (Menu.HasCommand(text))
            {
                return Step.Command;
            }
        }

        // A command of the language needs its colon only where the menu has one of that name.
        if ((first || Menu == _root) && ScriptCommands.Contains(text) && _root.Child(text) is null)
        {
            return Step.Construct;
        }

        // A path may lack its leading slash. An open menu comes after that: "ip firewall filter" behind "/user" is no submenu of it, and
        // rules must never disappear into a menu nobody looks at.
        if (first && _root.Child(text) is IMenuNode top)
        {
            Menu = top;
            return Step.FromRoot;
        }

        if (Menu is null)
        {
            return Step.Lost;
        }

        if (Menu.IsOpen)
        {
            Menu = Menu.OpenChild(text.ToString());
            return Step.Submenu;
        }

        return Step.Unknown;
    }

    /// <summary>
    /// Whether the next word is one of <paramref name="menu"/> and none of <paramref name="other"/>: behind "/ip hotspot walled-garden",
    /// which has a submenu "ip", the line "ip firewall filter" still means the firewall.
    /// </summary>
    bool OnlyFitsBehind(IMenuNode menu, IMenuNode other)
    {
        int before = _cursor.Offset;
        SkipSeparators();
        ReadOnlySpan<char> next = _cursor.Diagnostics.Source.Slice(ReadPathWord());
        _cursor.Offset = before;
        return Knows(menu, next) && !Knows(other, next);
    }

    static bool Knows(IMenuNode menu, ReadOnlySpan<char> word) => menu.Child(word) is not null || menu.HasCommand(word);

    CommandLine Refuse(SourceSpan word, bool absolute, bool first)
    {
        IMenuNode menu = Menu!;
        string place = menu.Parent is null ? "" : $" in {menu.Path}";
        bool mayBeRoot = first && menu.Parent is not null;
        _cursor.Diagnostics.Error(
            word, $"unknown word {Quote(word)}{place}", menu.Parent is null ? "a menu or a command" : $"a menu or command of {menu.Path}",
            mayBeRoot ? menu.Words.Concat(_root.Words) : menu.Words);
        return absolute && IsRestOfPath() ? CommandLine.FailedMenu : CommandLine.Failed;
    }

    /// <summary>Whether only menu names follow on this line, so that the whole line was to change the menu.</summary>
    bool IsRestOfPath()
    {
        int before = _cursor.Offset;
        bool isPath = true;
        while (isPath)
        {
            SkipSeparators();
            if (EndsLine(inBrackets: false) || _cursor.Current == '{')
            {
                break;
            }

            SourceSpan word = ReadPathWord();
            isPath = word.Length > 0 && _cursor.Current != '=' && !s_verbs.Contains(_cursor.Source(word));
        }

        _cursor.Offset = before;
        return isPath;
    }

    CommandLine ReadArguments(IMenuNode menu, SourceSpan path, SourceSpan command, bool inBrackets) =>
        ReadArguments(menu, path, command, _cursor.Source(command), inBrackets);

    CommandLine ReadArguments(IMenuNode menu, SourceSpan path, SourceSpan command, string name, bool inBrackets)
    {
        List<Argument> arguments = _arguments.ReadAll(menu, name, inBrackets);
        Menu = menu;
        int start = path.Length > 0 ? path.Start : command.Start;
        Statement = new Statement(
            menu, path, name, command, arguments, SourceSpan.Between(start, arguments.Count > 0 ? arguments[^1].Span.End : command.End),
            _arguments.IsBroken);
        return _arguments.IsBroken ? CommandLine.Failed : CommandLine.Command;
    }

    /// <summary>The language's own commands: <c>:if</c>, <c>:foreach</c>, <c>:put</c>, with the colon or without.</summary>
    CommandLine ReadConstruct(SourceSpan word, bool inBrackets)
    {
        string name = _cursor.Source(word);
        _cursor.Offset = word.End;
        if (name == ":")
        {
            return Fail(word, "\":\" without a command", "a command such as :put");
        }

        string command = name[0] == ':' ? name : ":" + name;
        if (!ScriptCommands.Contains(command.AsSpan(1)))
        {
            _cursor.Diagnostics.Error(
                word, $"unknown command {Quote(word)}", "a command of the script language", ScriptCommands.Names);
            return CommandLine.Failed;
        }

        return ReadArguments(Menu ?? _root, new SourceSpan(word.Start, 0), word, command, inBrackets);
    }

    /// <summary><c>$name argument …</c>: the function that the variable holds.</summary>
    CommandLine ReadCall(bool inBrackets)
    {
        int start = _cursor.Offset;
        bool quoted = _cursor.CharAt(start + 1) == '"';
        int end = quoted ? _cursor.Text.AsSpan(start + 2).IndexOfAny("\"\r\n") + start + 2 : _cursor.NameEnd(start + 1);
        SourceSpan name = SourceSpan.Between(quoted ? start + 2 : start + 1, end);
        if (name.Length == 0 || (quoted && _cursor.CharAt(end) != '"'))
        {
            return Fail(new SourceSpan(start, 1), "\"$\" without a name", "a name of letters and digits, or a quoted one");
        }

        SourceSpan word = SourceSpan.Between(start, quoted ? end + 1 : end);
        _cursor.Offset = word.End;
        return ReadArguments(Menu ?? _root, new SourceSpan(start, 0), word, "$" + _cursor.Source(name), inBrackets);
    }

    /// <summary><c>[ command ]</c> as a line of its own is that command.</summary>
    CommandLine ReadBracketed(IMenuNode menu)
    {
        ScriptValue value = _arguments.ReadBracketed(menu);
        (Statement, Menu) = ((value as CommandValue)?.Command, menu);
        if (_arguments.IsBroken)
        {
            return CommandLine.Failed;
        }

        _cursor.SkipBlanks();
        return Statement is null ? Fail(value.Span, "this is a value and no command", "a command in the brackets")
            : EndsLine(inBrackets: false) ? CommandLine.Command
            : Fail(new SourceSpan(_cursor.Offset, 1), $"unexpected {DiagnosticSink.Quote([_cursor.Current])}", "the end of the command");
    }

    bool IsMenuBehindColon()
    {
        int start = _cursor.Offset + 1;
        ReadOnlySpan<char> word = _cursor.Text.AsSpan(start, _cursor.NameEnd(start) - start);
        return !ScriptCommands.Contains(word) && _root.Child(word) is not null;
    }

    void SkipSeparators()
    {
        _cursor.SkipBlanks();
        while (_cursor.Current == '/')
        {
            _cursor.Offset++;
            _cursor.SkipBlanks();
        }
    }

    SourceSpan ReadPathWord()
    {
        int start = _cursor.Offset;
        while (!_cursor.IsWordEnd(_cursor.Offset) && _cursor.Current is not ('/' or '=' or '\\' or '$' or '!' or '<' or '>' or '~' or ','))
        {
            _cursor.Offset++;
        }

        return SourceSpan.Between(start, _cursor.Offset);
    }

    bool EndsLine(bool inBrackets) =>
        _cursor.AtEnd || _cursor.AtLineBreak || _cursor.Current is ';' or '}' or '#' || (inBrackets && _cursor.Current == ']');

    CommandLine Fail(SourceSpan span, string message, string expected)
    {
        _cursor.Diagnostics.Error(span, message, expected);
        return CommandLine.Failed;
    }

    string Quote(SourceSpan span) => DiagnosticSink.Quote(_cursor.Diagnostics.Source.Slice(span));
}
