namespace Conntrack.RouterOs.Language;

/// <summary>
/// Reads the lines of a script, or of a <c>do={ … }</c> in it up to its closing brace, one command after the other: nothing of what was
/// read before is kept. Blocks nest on a heap stack. After an error it goes on behind the end of the command.
/// </summary>
/// <param name="cursor">Where the lines begin.</param>
/// <param name="commands">The reader of commands, shared with the lines around these.</param>
/// <param name="menu">The menu of the first line; null when it could not be found out.</param>
/// <param name="doubtful">Where the menu became uncertain; null for a whole script and where it is certain.</param>
/// <param name="isWhole">Whether it is a whole script, which no brace ends.</param>
sealed class LineReader(ScriptCursor cursor, CommandReader commands, IMenuNode? menu, SourceSpan? doubtful, bool isWhole = false)
{
    readonly ScriptCursor _cursor = cursor;
    readonly CommandReader _commands = commands;
    readonly Stack<(IMenuNode? Menu, SourceSpan? Doubtful, ScriptScope? Scope, int Offset)> _blocks = new();
    IMenuNode? _menu = menu;
    ScriptScope? _scope;

    /// <summary>Where a path led into the unknown below an open menu; commands that depend on it have to be refused, once.</summary>
    SourceSpan? _doubtful = doubtful;

    /// <summary>The menu of the next line; null when it could not be found out.</summary>
    public IMenuNode? Menu => _menu;

    /// <summary>The next command; null at the end of the script or on the brace that ends the block.</summary>
    public Statement? Next()
    {
        while (true)
        {
            SkipToLine();
            if (_cursor.AtEnd)
            {
                ReportOpenBlocks();
                return null;
            }

            switch (_cursor.Current)
            {
                case '{':
                    OpenBlock(_menu, _doubtful);
                    break;
                case '}' when !isWhole && _blocks.Count == 0:
                    return null;
                case '}':
                    CloseBlock();
                    break;
                default:
                    if (ReadLine() is Statement statement)
                    {
                        return statement;
                    }

                    break;
            }
        }
    }

    void ReportOpenBlocks()
    {
        foreach ((_, _, _, int offset) in _blocks)
        {
            _cursor.Diagnostics.Error(new SourceSpan(offset, 1), "\"{\" is never closed", "a matching \"}\"");
        }

        _blocks.Clear();
    }

    Statement? ReadLine()
    {
        int start = _cursor.Offset;
        _commands.Doubtful = _doubtful;
        CommandLine line = _commands.Read(_menu);
        Statement? statement = _commands.Statement;
        if (statement is not null)
        {
            statement.Scope = _scope;
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

        return statement;
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
        _blocks.Push((_menu, _doubtful, _scope, _cursor.Offset));
        _scope = new ScriptScope(_scope);
        _menu = menu;
        _doubtful = doubtful;
        _cursor.Offset++;
    }

    void CloseBlock()
    {
        if (_blocks.TryPop(out (IMenuNode? Menu, SourceSpan? Doubtful, ScriptScope? Scope, int Offset) block))
        {
            (_menu, _doubtful, _scope, _) = block;
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
