namespace Conntrack.RouterOs.Language;

/// <summary>
/// Reads expressions:
/// <code>
///   level    := next-level { operator next-level }        ten levels, see ScriptOperators
///   unary    := { "!" | "-" | "~" } element
///   element  := primary { "->" primary }
///   primary  := word | "text" | $name | $"name" | "(" level ")" | "[" command "]" | "{" [ key "=" ] level { ";" … } "}"
/// </code>
/// Null stands for something wrong that has been reported.
/// </summary>
sealed class ExpressionReader(ScriptCursor cursor, ScriptTextReader text, ArgumentReader arguments)
{
    /// <summary>How many braces are open: inside them lines may break anywhere.</summary>
    int _braces;

    /// <summary>The expression in the parentheses at the cursor.</summary>
    public Expression? ReadParenthesized()
    {
        int start = cursor.Offset;
        if (!arguments.TryNest(start))
        {
            return null;
        }

        cursor.Offset++;
        SkipBlanks();
        Expression? inner = cursor.Current == ')'
            ? new ArrayExpression(new SourceSpan(start, 2), [])
            : ReadLevel(ScriptOperators.LeastPrecedence);
        arguments.Unnest();
        return inner is not null && Closes(start, ')', "an operator or \")\"") ? inner : null;
    }

    /// <summary>The array in the braces at the cursor.</summary>
    public Expression? ReadArray()
    {
        int start = cursor.Offset;
        if (!arguments.TryNest(start))
        {
            return null;
        }

        cursor.Offset++;
        _braces++;
        var items = new List<ArrayItem>();
        bool read = true;
        SkipSeparators();
        while (read && !cursor.AtEnd && cursor.Current != '}')
        {
            string? key = TryReadKey();
            SkipBlanks();
            Expression? value = ReadLevel(ScriptOperators.LeastPrecedence);
            read = value is not null;
            if (read)
            {
                items.Add(new ArrayItem(key, value!));
                SkipBlanks();
                read = cursor.Current is ';' or '}' || Closes(start, '}', "\";\" or \"}\"");
                SkipSeparators();
            }
        }

        _braces--;
        arguments.Unnest();
        return read && Closes(start, '}', "\"}\"") ? new ArrayExpression(SourceSpan.Between(start, cursor.Offset), items) : null;
    }

    /// <summary>What the <c>$</c> at the cursor begins.</summary>
    public Expression? ReadDollar()
    {
        int start = cursor.Offset++;
        switch (cursor.Current)
        {
            case '(':
                return ReadParenthesized();
            case '[':
                return ReadBracketed();
            case '"':
                TextValue name = text.ReadQuoted(canBeGlued: true);
                return Unbroken(new VariableExpression(SourceSpan.Between(start, cursor.Offset), name.Text));
            default:
                int end = VariableEnd(cursor.Offset);
                if (end == cursor.Offset)
                {
                    return Fail(new SourceSpan(start, 1), "\"$\" without a name", "a name of letters and digits, or a quoted one");
                }

                cursor.Offset = end;
                SourceSpan span = SourceSpan.Between(start, end);
                return new VariableExpression(span, cursor.Source(SourceSpan.Between(start + 1, end)));
        }
    }

    int VariableEnd(int offset)
    {
        while (char.IsAsciiLetterOrDigit(cursor.CharAt(offset)))
        {
            offset++;
        }

        return offset;
    }

    Expression? ReadLevel(int level)
    {
        int start = cursor.Offset;
        Expression? first = ReadOperand(level);
        List<ChainLink>? links = null;
        while (first is not null)
        {
            SkipBlanks();
            if (ScriptOperators.At(cursor) is not var (relation, length) || relation.Precedence() != level)
            {
                break;
            }

            var span = new SourceSpan(cursor.Offset, length);
            cursor.Offset += length;
            SkipBlanks();
            if (ReadOperand(level) is not Expression operand)
            {
                return null;
            }

            links ??= [];
            links.Add(new ChainLink(relation, span, operand));
        }

        return links is null || first is null
            ? first
            : new ChainExpression(SourceSpan.Between(start, links[^1].Operand.Span.End), first, links);
    }

    Expression? ReadOperand(int level) => level switch
    {
        ScriptOperators.MostPrecedence => ReadPrimary(),
        ScriptOperators.MostPrecedence - 1 => ReadUnary(),
        _ => ReadLevel(level + 1),
    };

    Expression? ReadUnary()
    {
        SkipBlanks();
        int start = cursor.Offset;
        ScriptOperator? prefix = cursor.Current switch
        {
            '!' => ScriptOperator.Not,
            '-' when !char.IsAsciiDigit(cursor.CharAt(start + 1)) => ScriptOperator.Negate,
            '~' => ScriptOperator.Invert,
            _ => null,
        };
        if (prefix is null)
        {
            return ReadLevel(ScriptOperators.MostPrecedence);
        }

        if (!arguments.TryNest(start))
        {
            return null;
        }

        cursor.Offset++;
        Expression? operand = ReadUnary();
        arguments.Unnest();
        return operand is null ? null : new UnaryExpression(SourceSpan.Between(start, cursor.Offset), prefix.Value, operand);
    }

    Expression? ReadPrimary()
    {
        SkipBlanks();
        switch (cursor.Current)
        {
            case '(':
                return ReadParenthesized();
            case '[':
                return ReadBracketed();
            case '{':
                return ReadArray();
            case '$':
                return ReadDollar();
            case '"':
                TextValue quoted = text.ReadQuoted(canBeGlued: true);
                return Unbroken(quoted.Computed ?? new WordExpression(quoted.Span, quoted.Text, isQuoted: true));
            default:
                int start = cursor.Offset;
                int end = WordEnd(start);
                if (end == start)
                {
                    bool ends = cursor.AtEnd || cursor.AtLineBreak;
                    return Fail(
                        new SourceSpan(Math.Min(start, cursor.Text.Length), ends ? 0 : 1),
                        ends ? "the expression ends too early" : $"unexpected {DiagnosticSink.Quote([cursor.Current])} in an expression",
                        "a value, a variable or a bracket");
                }

                cursor.Offset = end;
                var span = SourceSpan.Between(start, end);
                return new WordExpression(span, cursor.Source(span), isQuoted: false);
        }
    }

    Expression? ReadBracketed()
    {
        ScriptValue value = arguments.ReadBracketed();
        return arguments.IsBroken ? null : value switch
        {
            CommandValue command => new CommandExpression(command.Span, command.Command),
            ExpressionValue inner => inner.Expression,
            _ => null,
        };
    }

    /// <summary>
    /// The end of a bare word. Operators end it, so what they are spelled with belongs to the word only where a value needs it: <c>.</c> and
    /// <c>:</c> between characters, <c>/</c> and digits behind an address, <c>-</c> between the letters of a name, <c>*</c> in front of an id.
    /// </summary>
    int WordEnd(int start)
    {
        int end = start;
        bool isName = char.IsAsciiLetter(cursor.CharAt(start)) || cursor.CharAt(start) == '_';
        int dots = 0;
        int colons = 0;
        while (true)
        {
            char c = cursor.CharAt(end);
            char next = cursor.CharAt(end + 1);
            bool belongs = c switch
            {
                ':' => true,
                '*' => end == start && char.IsAsciiHexDigit(next),
                '-' => end == start ? char.IsAsciiDigit(next) : isName && (char.IsAsciiLetterOrDigit(next) || next == '_'),
                '+' => end == start && char.IsAsciiDigit(next),
                '.' => end > start && char.IsAsciiLetterOrDigit(next),
                '/' => (dots == 3 || colons > 1) && char.IsAsciiDigit(next),
                '_' or '@' => true,
                _ => char.IsLetterOrDigit(c) || char.IsSurrogate(c),
            };
            if (!belongs || end >= cursor.Text.Length)
            {
                return end;
            }

            dots += c == '.' ? 1 : 0;
            colons += c == ':' ? 1 : 0;
            end++;
        }
    }

    /// <summary><c>name=</c> or <c>"any name"=</c> in front of an element.</summary>
    string? TryReadKey()
    {
        int start = cursor.Offset;
        bool quoted = cursor.Current == '"';
        int end = quoted ? start + 1 : cursor.NameEnd(start);
        while (quoted && cursor.CharAt(end) is not ('"' or '$' or '\\' or '\n' or '\r' or '\0'))
        {
            end++;
        }

        int close = end;
        end += quoted && cursor.CharAt(end) == '"' ? 1 : 0;
        if (end == start || cursor.CharAt(end) != '=' || (quoted && end == close))
        {
            return null;
        }

        cursor.Offset = end + 1;
        return cursor.Source(SourceSpan.Between(quoted ? start + 1 : start, close));
    }

    /// <summary>Past the closing bracket; what stands in its place is reported.</summary>
    bool Closes(int start, char closer, string expected)
    {
        SkipBlanks();
        char c = cursor.Current;
        if (c == closer)
        {
            cursor.Offset++;
            return true;
        }

        char opener = cursor.CharAt(start);
        if (cursor.AtEnd || cursor.AtLineBreak || (c == ';' && closer != '}'))
        {
            Fail(new SourceSpan(start, 1), $"\"{opener}\" is never closed", $"a matching \"{closer}\"");
        }
        else if (c is ')' or ']' or '}')
        {
            Fail(new SourceSpan(cursor.Offset, 1), $"\"{c}\" does not close \"{opener}\"", $"\"{closer}\"");
        }
        else
        {
            Fail(new SourceSpan(cursor.Offset, 1), $"unexpected {DiagnosticSink.Quote([c])} in an expression", expected);
        }

        return false;
    }

    void SkipSeparators()
    {
        SkipBlanks();
        while (cursor.Current == ';')
        {
            cursor.Offset++;
            SkipBlanks();
        }
    }

    void SkipBlanks()
    {
        cursor.SkipBlanks();
        while (_braces > 0 && (cursor.AtLineBreak || cursor.Current == '#'))
        {
            if (cursor.AtLineBreak)
            {
                cursor.Offset++;
            }
            else
            {
                cursor.SkipComment();
            }

            cursor.SkipBlanks();
        }
    }

    Expression? Unbroken(Expression expression)
    {
        bool broken = text.IsBroken;
        arguments.IsBroken |= broken;
        text.IsBroken = false;
        return broken ? null : expression;
    }

    Expression? Fail(SourceSpan span, string message, string expected)
    {
        cursor.Diagnostics.Error(span, message, expected);
        arguments.IsBroken = true;
        return null;
    }
}
