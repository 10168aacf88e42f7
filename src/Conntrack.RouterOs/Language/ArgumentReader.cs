namespace Conntrack.RouterOs.Language;

/// <summary>Reads what follows a command: properties, unset properties, ids, conditions, and the values of all of them.</summary>
sealed class ArgumentReader
{
    /// <summary>Deep enough for any script a person wrote; the parser calls itself once per level, so levels are bounded.</summary>
    const int MaxNesting = 32;

    readonly ScriptCursor _cursor;
    readonly ScriptTextReader _text;
    readonly ExpressionReader _expressions;
    readonly CommandReader _commands;

    IMenuNode _menu;
    string _command = "";
    int _nesting;
    int _brackets;

    public ArgumentReader(ScriptCursor cursor, CommandReader commands, IMenuNode root)
    {
        _cursor = cursor;
        _commands = commands;
        _menu = root;
        _text = new ScriptTextReader(cursor);
        _expressions = new ExpressionReader(cursor, _text, this);
        _text.Expressions = _expressions;
    }

    /// <summary>Set when an error was reported; the cursor is then somewhere inside the command line.</summary>
    public bool IsBroken { get; set; }

    /// <summary>All arguments up to the end of the command line, which the cursor is left on.</summary>
    public List<Argument> ReadAll(IMenuNode menu, string command, bool inBrackets)
    {
        (IMenuNode outerMenu, string outerCommand) = (_menu, _command);
        (_menu, _command) = (menu, command);
        List<Argument> arguments = ReadAll(command == "find", inBrackets);
        (_menu, _command) = (outerMenu, outerCommand);
        return arguments;
    }

    /// <summary>The value at the cursor, as it stands in a condition of <paramref name="menu"/>; a bare word ends at <paramref name="end"/>.</summary>
    public ScriptValue ReadSingle(IMenuNode menu, int end)
    {
        _menu = menu;
        return _cursor.Current is '"' or '[' or '(' ? ReadValue("", conditions: false, isValue: true) : Checked(_text.ReadBare(true, end));
    }

    /// <summary>One bracket more; false, and reported at <paramref name="start"/>, when there are too many already.</summary>
    public bool TryNest(int start)
    {
        if (_nesting == MaxNesting)
        {
            Fail(new SourceSpan(start, 1), $"brackets are nested more than {MaxNesting} deep");
            return false;
        }

        _nesting++;
        return true;
    }

    public void Unnest() => _nesting--;

    List<Argument> ReadAll(bool conditions, bool inBrackets)
    {
        var arguments = new List<Argument>(4);
        while (!IsBroken)
        {
            _cursor.SkipBlanks();
            if (_cursor.AtEnd || _cursor.AtLineBreak || _cursor.Current is ';' or '}' || (inBrackets && _cursor.Current == ']'))
            {
                break;
            }

            if (_cursor.Current == '#')
            {
                _cursor.SkipComment();
                break;
            }

            Argument argument = Read(conditions);
            arguments.Add(argument);
            conditions |= argument is { Operator: ArgumentOperator.None, Value: TextValue { Text: "where", IsQuoted: false } };
        }

        return arguments;
    }

    Argument Read(bool conditions)
    {
        int start = _cursor.Offset;
        if (_cursor.Current == '!')
        {
            int end = _cursor.NameEnd(start + 1);
            if (end > start + 1 && (_cursor.IsWordEnd(end) || _cursor.TryContinuation(end, out _)))
            {
                _cursor.Offset = end;
                SourceSpan unset = SourceSpan.Between(start + 1, end);
                return new Argument(_cursor.Source(unset), unset, ArgumentOperator.Unset, null, SourceSpan.Between(start, end));
            }

            if (end > start + 1 && _cursor.CharAt(end) == '=')
            {
                Fail(SourceSpan.Between(start, end), "\"!\" before a property unsets it and takes no value", "property=!value");
            }
        }

        int nameEnd = _cursor.NameEnd(start);
        ArgumentOperator relation = nameEnd > start ? OperatorAt(nameEnd, conditions, out int length) : NoOperator(out length);
        if (relation == ArgumentOperator.None)
        {
            ScriptValue alone = ReadValue("", conditions, isValue: false);
            return new Argument("", new SourceSpan(start, 0), ArgumentOperator.None, alone, alone.Span);
        }

        SourceSpan nameSpan = SourceSpan.Between(start, nameEnd);
        _cursor.Offset = nameEnd + length;
        string name = _cursor.Source(nameSpan);
        ScriptValue value = ReadAssigned(name, conditions);
        SourceSpan whole = SourceSpan.Between(start, Math.Max(nameEnd + length, value.Span.End));
        return new Argument(name, nameSpan, relation, value, whole);
    }

    ArgumentOperator OperatorAt(int offset, bool conditions, out int length)
    {
        char c = _cursor.CharAt(offset);
        bool equal = _cursor.CharAt(offset + 1) == '=';
        length = c == '=' || !equal ? 1 : 2;
        return c switch
        {
            '=' => ArgumentOperator.Assign,
            '!' when conditions && equal => ArgumentOperator.NotEqual,
            '<' when conditions => equal ? ArgumentOperator.LessOrEqual : ArgumentOperator.Less,
            '>' when conditions => equal ? ArgumentOperator.GreaterOrEqual : ArgumentOperator.Greater,
            '~' when conditions && !equal => ArgumentOperator.Matches,
            _ => NoOperator(out length),
        };
    }

    static ArgumentOperator NoOperator(out int length)
    {
        length = 0;
        return ArgumentOperator.None;
    }

    /// <summary>
    /// The value behind an operator. It may stand on the next line, as exporters write it, or behind a blank (<c>from= 1</c>), or be empty
    /// when the line ends or the next property begins.
    /// </summary>
    ScriptValue ReadAssigned(string name, bool conditions)
    {
        int start = _cursor.Offset;
        _cursor.SkipBlanks();
        bool moved = _cursor.Offset > start;
        bool ends = _cursor.AtEnd || _cursor.AtLineBreak || _cursor.Current is ';' or '}' or ']' or ')' || (moved && _cursor.Current == '#');
        if (ends || (moved && _cursor.IsProperty(_cursor.Offset)))
        {
            return new TextValue(new SourceSpan(start, 0), "", false, start);
        }

        return ReadValue(name, conditions, isValue: true);
    }

    ScriptValue ReadValue(string name, bool conditions, bool isValue)
    {
        int start = _cursor.Offset;
        char c = _cursor.Current;
        char next = _cursor.CharAt(start + 1);
        switch (c)
        {
            case '"' or '!' when c == '"' || next == '"':
                return Checked(_text.ReadQuoted());
            case '[':
                return ReadBracketed();
            case '(' or '!' when conditions && (c == '(' || next == '('):
                _cursor.Offset += c == '!' ? 1 : 0;
                IsBroken |= !_cursor.SkipBalanced();
                return new ExpressionValue(SourceSpan.Between(start, _cursor.Offset));
            case '(':
                Expression? inner = _expressions.ReadParenthesized();
                return new ExpressionValue(SourceSpan.Between(start, _cursor.Offset), inner);
            case '!' when next is '(' or '[':
                return ReadNegated();
            case '{':
                return ReadBraces(name);
        }

        TextValue word = Checked(_text.ReadBare(isValue));
        if (!_cursor.AtEnd && _cursor.Current is '"' or '[' or '{' or '(' or ')' or ']' && !IsBroken && !ClosesHere())
        {
            Fail(new SourceSpan(_cursor.Offset, 1), $"unexpected {DiagnosticSink.Quote([_cursor.Current])}",
                "a blank, or quotes around the whole value");
        }

        return word;
    }

    /// <summary>A <c>]</c> that ends the command around the word is no part of the word.</summary>
    bool ClosesHere() => _cursor.Current == ']' && _brackets > 0;

    /// <summary>A <c>!</c> in front of something computed: for the language it is "not", for a property it negates what comes out.</summary>
    ExpressionValue ReadNegated()
    {
        int start = _cursor.Offset++;
        Expression? inner = _cursor.Current == '(' ? _expressions.ReadParenthesized() : ReadBracketed() switch
        {
            CommandValue command => new CommandExpression(command.Span, command.Command),
            ExpressionValue value => value.Expression,
            _ => null,
        };
        SourceSpan span = SourceSpan.Between(start, _cursor.Offset);
        return new ExpressionValue(span, inner is null ? null
            : _command is [':' or '$', ..] ? new UnaryExpression(span, ScriptOperator.Not, inner)
            : new JoinedExpression(span, [new WordExpression(new SourceSpan(start, 1), "!", isQuoted: true), inner]));
    }

    ScriptValue ReadBraces(string name)
    {
        int start = _cursor.Offset;
        if (ScriptCommands.TakesCode(_command, name))
        {
            return ReadCode();
        }

        if (_command is [':' or '$', ..])
        {
            Expression? array = _expressions.ReadArray();
            return new ExpressionValue(SourceSpan.Between(start, _cursor.Offset), array);
        }

        IsBroken |= !_cursor.SkipBalanced();
        return new BlockValue(SourceSpan.Between(start, _cursor.Offset));
    }

    /// <summary>The commands in the braces at the _cursor. An error inside is theirs; it does not break the command around them.</summary>
    BlockValue ReadCode()
    {
        int start = _cursor.Offset;
        if (!TryNest(start))
        {
            _cursor.SkipBalanced();
            return new BlockValue(SourceSpan.Between(start, _cursor.Offset));
        }

        int brackets = _brackets;
        _brackets = 0;
        _cursor.Offset++;
        IReadOnlyList<Statement> commands = _commands.ReadBlock();
        IsBroken = false;
        _brackets = brackets;
        Unnest();
        if (_cursor.Current != '}')
        {
            Fail(new SourceSpan(start, 1), "\"{\" is never closed", "a matching \"}\"");
        }
        else
        {
            _cursor.Offset++;
        }

        return new BlockValue(SourceSpan.Between(start, _cursor.Offset), commands);
    }

    /// <summary>The command in the brackets at the cursor, which are a line of their own in <paramref name="menu"/>.</summary>
    public ScriptValue ReadBracketed(IMenuNode menu)
    {
        _menu = menu;
        return ReadBracketed();
    }

    /// <summary>The command in the brackets at the cursor, or an expression in parentheses, which is allowed there too.</summary>
    public ScriptValue ReadBracketed()
    {
        int start = _cursor.Offset;
        if (!TryNest(start))
        {
            return new ExpressionValue(new SourceSpan(start, 1));
        }

        _cursor.Offset++;
        _brackets++;
        _cursor.SkipBlanks();
        bool isExpression = _cursor.Current == '(';
        Expression? expression = isExpression ? _expressions.ReadParenthesized() : null;
        Statement? inner = isExpression ? null : _commands.ReadInBrackets(_menu);
        _brackets--;
        Unnest();
        if ((inner is null && expression is null) || IsBroken)
        {
            IsBroken = true;
            return new ExpressionValue(SourceSpan.Between(start, _cursor.Offset));
        }

        // "[ command; ]" is allowed: one command, ended or not.
        while (_cursor.Current == ';' || ScriptCursor.IsBlank(_cursor.Current))
        {
            _cursor.Offset++;
        }

        if (_cursor.Current != ']')
        {
            Fail(new SourceSpan(start, 1), "\"[\" is never closed", "a matching \"]\" on the same line");
            return new ExpressionValue(SourceSpan.Between(start, _cursor.Offset));
        }

        _cursor.Offset++;
        SourceSpan span = SourceSpan.Between(start, _cursor.Offset);
        return inner is not null ? new CommandValue(span, inner) : new ExpressionValue(span, expression);
    }

    TextValue Checked(TextValue value)
    {
        IsBroken |= _text.IsBroken;
        _text.IsBroken = false;
        return value;
    }

    void Fail(SourceSpan span, string message, string? expected = null)
    {
        _cursor.Diagnostics.Error(span, message, expected);
        IsBroken = true;
    }
}
