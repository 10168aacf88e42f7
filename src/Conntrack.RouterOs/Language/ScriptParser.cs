namespace Conntrack.RouterOs.Language;

/// <summary>
/// Turns a RouterOS script into statements, each with the menu it acts on. Grammar of a line:
/// <code>
///   [/]path command [argument …]        one command; the menu of other lines stays as it is
///   [/]path                             the menu of the lines that follow, up to the end of the enclosing block
///   [/]path { line … }                  that menu inside the braces
///   { line … }                          a scope of its own
///   :construct argument …               the language's own commands, parsed but not run here
///   # …                                 a comment
/// </code>
/// Lines end at a line break or <c>;</c>. One pass, time proportional to the script's size; blocks nest on a heap stack, brackets at most
/// 32 deep. After an error the parser goes on behind the end of the command, so that every finding comes out at once.
/// </summary>
public sealed class ScriptParser
{
    readonly ScriptCursor _cursor;
    readonly CommandReader _commands;
    readonly List<Statement> _statements = [];
    readonly Stack<(IMenuNode? Menu, SourceSpan? Doubtful, int Offset)> _blocks = new();
    IMenuNode? _menu;

    /// <summary>Where a path led into the unknown below an open menu; commands that depend on it have to be refused, once.</summary>
    SourceSpan? _doubtful;

    ScriptParser(IMenuNode root, DiagnosticSink diagnostics)
    {
        _menu = root;
        _cursor = new ScriptCursor(diagnostics);
        _commands = new CommandReader(_cursor, root);
    }

    /// <summary>Parses a whole script that starts at the menu <paramref name="root"/>.</summary>
    public static ParsedScript Parse(SourceText source, IMenuNode root, DiagnosticSink diagnostics)
    {
        var parser = new ScriptParser(root, diagnostics);
        parser.ReadLines();
        return new ParsedScript(source, parser._statements);
    }

    void ReadLines()
    {
        while (true)
        {
            SkipToLine();
            if (_cursor.AtEnd)
            {
                break;
            }

            switch (_cursor.Current)
            {
                case '{':
                    OpenBlock(_menu, _doubtful);
                    break;
                case '}':
                    CloseBlock();
                    break;
                default:
                    ReadLine();
                    break;
            }
        }

        foreach ((_, _, int offset) in _blocks)
        {
            _cursor.Diagnostics.Error(new SourceSpan(offset, 1), "\"{\" is never closed", "a matching \"}\"");
        }
    }

    void ReadLine()
    {
        int start = _cursor.Offset;
        CommandLine line = _commands.Read(_menu);
        if (_commands.Statement is Statement statement)
        {
            _statements.Add(statement);
        }

        switch (line)
        {
            case CommandLine.MenuOnly:
                ChangeMenu(_commands.Menu, start);
                break;
            case CommandLine.Block:
                OpenBlock(_commands.Menu, null);
                break;
            case CommandLine.Failed or CommandLine.FailedMenu:
                if (SkipRest())
                {
                    // Its lines belong to a menu that could not be found out; only full paths inside can still be judged.
                    OpenBlock(null, null);
                }
                else if (line == CommandLine.FailedMenu)
                {
                    _menu = null;
                    _doubtful = null;
                }

                break;
            case CommandLine.Skipped:
                if (_doubtful is SourceSpan path)
                {
                    SourcePosition place = _cursor.Diagnostics.Source.PositionOf(path.Start);
                    SkipRest();
                    _cursor.Diagnostics.Error(
                        SourceSpan.Between(start, _cursor.Offset),
                        $"it is not certain which menu this belongs to: line {place.Line} enters one that is not known here",
                        "a full path");
                    _doubtful = null;
                }
                else
                {
                    SkipRest();
                }

                break;
        }
    }

    void ChangeMenu(IMenuNode? menu, int start)
    {
        _doubtful = null;
        if (menu is { IsKnown: false })
        {
            // It may as well have been a command of the menu above ("/user expire-password admin"): only its reader can tell.
            _doubtful = SourceSpan.Between(start, _cursor.Offset);
            menu = null;
        }

        _menu = menu;
    }

    void OpenBlock(IMenuNode? menu, SourceSpan? doubtful)
    {
        _blocks.Push((_menu, _doubtful, _cursor.Offset));
        _menu = menu;
        _doubtful = doubtful;
        _cursor.Offset++;
    }

    void CloseBlock()
    {
        if (_blocks.TryPop(out (IMenuNode? Menu, SourceSpan? Doubtful, int Offset) block))
        {
            (_menu, _doubtful, _) = block;
        }
        else
        {
            _cursor.Diagnostics.Error(new SourceSpan(_cursor.Offset, 1), "\"}\" closes nothing");
        }

        _cursor.Offset++;
    }

    void SkipToLine()
    {
        while (true)
        {
            _cursor.SkipBlanks();
            if (_cursor.AtEnd)
            {
                return;
            }

            if (_cursor.AtLineBreak || _cursor.Current == ';')
            {
                _cursor.Offset++;
            }
            else if (_cursor.Current == '#')
            {
                _cursor.SkipComment();
            }
            else
            {
                return;
            }
        }
    }

    /// <summary>To the end of a command that failed, over quotes and braces; true when it stops on a brace that opens a block.</summary>
    bool SkipRest()
    {
        bool behindBlank = _cursor.Offset > 0 && ScriptCursor.IsBlank(_cursor.CharAt(_cursor.Offset - 1));
        while (!_cursor.AtEnd && !_cursor.AtLineBreak && _cursor.Current is not (';' or '}'))
        {
            if (_cursor.TryContinuation(_cursor.Offset, out int resume))
            {
                _cursor.Offset = resume;
                behindBlank = true;
                continue;
            }

            char c = _cursor.Current;
            if (c == '"')
            {
                _cursor.SkipQuoted();
            }
            else if (c == '{')
            {
                if (behindBlank)
                {
                    return true;
                }

                _cursor.SkipBalanced();
            }
            else
            {
                _cursor.Offset++;
            }

            behindBlank = ScriptCursor.IsBlank(c);
        }

        return false;
    }
}
