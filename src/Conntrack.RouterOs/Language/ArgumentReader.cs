namespace Conntrack.RouterOs.Language;

/// <summary>Reads what follows a command: properties, unset properties, ids, conditions, and the values of all of them.</summary>
sealed class ArgumentReader(ScriptCursor cursor, ScriptTextReader text, CommandReader commands)
{
    /// <summary>Deep enough for any script a person wrote; the parser calls itself once per level, so levels are bounded.</summary>
    const int MaxNesting = 32;

    int _nesting;

    /// <summary>Set when an error was reported; the cursor is then somewhere inside the command line.</summary>
    public bool IsBroken { get; set; }

    /// <summary>All arguments up to the end of the command line, which the cursor is left on.</summary>
    public List<Argument> ReadAll(IMenuNode menu, string command, bool inBrackets)
    {
        var arguments = new List<Argument>();
        bool conditions = command == "find";
        while (!IsBroken)
        {
            cursor.SkipBlanks();
            if (cursor.AtEnd || cursor.AtLineBreak || cursor.Current is ';' or '}' || (inBrackets && cursor.Current == ']'))
            {
                break;
            }

            if (cursor.Current == '#')
            {
                cursor.SkipComment();
                break;
            }

            Argument argument = Read(menu, conditions);
            arguments.Add(argument);
            conditions |= argument is { Operator: ArgumentOperator.None, Value: TextValue { Text: "where", IsQuoted: false } };
        }

        return arguments;
    }

    Argument Read(IMenuNode menu, bool conditions)
    {
        int start = cursor.Offset;
        if (cursor.Current == '!')
        {
            int end = cursor.NameEnd(start + 1);
            if (end > start + 1 && (cursor.IsWordEnd(end) || cursor.TryContinuation(end, out _)))
            {
                cursor.Offset = end;
                SourceSpan name = SourceSpan.Between(start + 1, end);
                return new Argument(cursor.Source(name), name, ArgumentOperator.Unset, null, SourceSpan.Between(start, end));
            }

            if (end > start + 1 && cursor.CharAt(end) == '=')
            {
                Fail(SourceSpan.Between(start, end), "\"!\" before a property unsets it and takes no value", "property=!value");
            }
        }

        int nameEnd = cursor.NameEnd(start);
        ArgumentOperator relation = nameEnd > start ? OperatorAt(nameEnd, conditions, out int length) : NoOperator(out length);
        if (relation == ArgumentOperator.None)
        {
            ScriptValue alone = ReadValue(menu, isValue: false);
            return new Argument("", new SourceSpan(start, 0), ArgumentOperator.None, alone, alone.Span);
        }

        SourceSpan nameSpan = SourceSpan.Between(start, nameEnd);
        cursor.Offset = nameEnd + length;
        ScriptValue value = ReadAssigned(menu);
        SourceSpan whole = SourceSpan.Between(start, Math.Max(nameEnd + length, value.Span.End));
        return new Argument(cursor.Source(nameSpan), nameSpan, relation, value, whole);
    }

    ArgumentOperator OperatorAt(int offset, bool conditions, out int length)
    {
        char c = cursor.CharAt(offset);
        bool equal = cursor.CharAt(offset + 1) == '=';
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
    ScriptValue ReadAssigned(IMenuNode menu)
    {
        int start = cursor.Offset;
        cursor.SkipBlanks();
        bool moved = cursor.Offset > start;
        bool ends = cursor.AtEnd || cursor.AtLineBreak || cursor.Current is ';' or '}' or ']' or ')' || (moved && cursor.Current == '#');
        if (ends || (moved && cursor.IsProperty(cursor.Offset)))
        {
            return new TextValue(new SourceSpan(start, 0), "", false, false, [(0, start)]);
        }

        return ReadValue(menu, isValue: true);
    }

    ScriptValue ReadValue(IMenuNode menu, bool isValue)
    {
        int start = cursor.Offset;
        char c = cursor.Current;
        char next = cursor.CharAt(start + 1);
        if (c == '"' || (c == '!' && next == '"'))
        {
            return Checked(text.ReadQuoted());
        }

        if (c == '[')
        {
            return ReadCommandValue(menu);
        }

        if (c is '(' or '{' || (c is '!' or '$' && next is '(' or '['))
        {
            cursor.Offset += c is '!' or '$' ? 1 : 0;
            IsBroken |= !cursor.SkipBalanced();
            SourceSpan span = SourceSpan.Between(start, cursor.Offset);
            return c == '{' ? new BlockValue(span) : new ExpressionValue(span);
        }

        TextValue word = Checked(text.ReadBare(isValue));
        if (!cursor.AtEnd && cursor.Current is '"' or '[' or '{' or '(' or ')' or ']' && !IsBroken && !ClosesHere())
        {
            Fail(new SourceSpan(cursor.Offset, 1), $"unexpected {DiagnosticSink.Quote([cursor.Current])}",
                "a blank, or quotes around the whole value");
        }

        return word;
    }

    /// <summary>A <c>]</c> that ends the command around the word is no part of the word.</summary>
    bool ClosesHere() => cursor.Current == ']' && _nesting > 0;

    ScriptValue ReadCommandValue(IMenuNode menu)
    {
        int start = cursor.Offset;
        if (_nesting == MaxNesting)
        {
            Fail(new SourceSpan(start, 1), $"brackets are nested more than {MaxNesting} deep");
            return new ExpressionValue(new SourceSpan(start, 1));
        }

        cursor.Offset++;
        _nesting++;
        Statement? inner = commands.ReadInBrackets(menu);
        _nesting--;
        if (inner is null || IsBroken)
        {
            IsBroken = true;
            return new ExpressionValue(SourceSpan.Between(start, cursor.Offset));
        }

        // "[ command; ]" is allowed: one command, ended or not.
        while (cursor.Current == ';' || ScriptCursor.IsBlank(cursor.Current))
        {
            cursor.Offset++;
        }

        if (cursor.Current != ']')
        {
            Fail(new SourceSpan(start, 1), "\"[\" is never closed", "a matching \"]\" on the same line");
            return new ExpressionValue(SourceSpan.Between(start, cursor.Offset));
        }

        cursor.Offset++;
        return new CommandValue(SourceSpan.Between(start, cursor.Offset), inner);
    }

    TextValue Checked(TextValue value)
    {
        IsBroken |= text.IsBroken;
        text.IsBroken = false;
        return value;
    }

    void Fail(SourceSpan span, string message, string? expected = null)
    {
        cursor.Diagnostics.Error(span, message, expected);
        IsBroken = true;
    }
}
