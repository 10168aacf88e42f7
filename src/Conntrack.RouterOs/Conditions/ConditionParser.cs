using Conntrack.RouterOs.Language;

namespace Conntrack.RouterOs.Conditions;

/// <summary>
/// Recursive descent over a part of a script:
/// <code>
///   any        := all { "||" all }
///   all        := not { [ "&amp;&amp;" ] not }
///   not        := "!" not | "(" any ")" | comparison
///   comparison := flag | name operator value | name "in" value
/// </code>
/// </summary>
sealed class ConditionParser<T>
{
    const int MaxNesting = 32;

    readonly ConditionFields<T> _fields;
    readonly DiagnosticSink _diagnostics;
    readonly ScriptCursor _cursor;
    readonly ScriptTextReader _text;
    readonly int _end;
    int _nesting;

    public ConditionParser(ConditionFields<T> fields, SourceSpan span, DiagnosticSink diagnostics)
    {
        _fields = fields;
        _diagnostics = diagnostics;
        _cursor = new ScriptCursor(diagnostics) { Offset = span.Start };
        _text = new ScriptTextReader(_cursor);
        _end = span.End;
    }

    bool AtEnd => _cursor.Offset >= _end;

    public Func<T, bool>? Parse()
    {
        Func<T, bool>? condition = Any();
        return condition is null || AtEnd
            ? condition
            : Fail(new SourceSpan(_cursor.Offset, 1), $"unexpected {Shown()} in a condition", "the end of the condition");
    }

    Func<T, bool>? Any()
    {
        var alternatives = new List<Func<T, bool>>();
        do
        {
            if (All() is not Func<T, bool> next)
            {
                return null;
            }

            alternatives.Add(next);
        }
        while (Take("||"));

        // An array and not a chain of calls: who may ask may ask for a hundred thousand.
        Func<T, bool>[] any = [.. alternatives];
        return any.Length == 1 ? any[0] : entry => Array.Exists(any, condition => condition(entry));
    }

    Func<T, bool>? All()
    {
        var conditions = new List<Func<T, bool>>();
        do
        {
            if (Not() is not Func<T, bool> next)
            {
                return null;
            }

            conditions.Add(next);
        }
        while (Take("&&") || !(AtEnd || At("||") || _cursor.Current == ')'));

        Func<T, bool>[] all = [.. conditions];
        return all.Length == 1 ? all[0] : entry => Array.TrueForAll(all, condition => condition(entry));
    }

    Func<T, bool>? Not()
    {
        SkipBlanks();
        if (AtEnd)
        {
            return Fail(new SourceSpan(_end, 0), "the condition ends too early", "a comparison such as protocol=tcp, or a flag");
        }

        char c = _cursor.Current;
        if (c is not ('!' or '('))
        {
            return Comparison();
        }

        int start = _cursor.Offset;
        if (_nesting == MaxNesting)
        {
            return Fail(new SourceSpan(start, 1), $"the condition is nested more than {MaxNesting} deep", "fewer brackets");
        }

        _nesting++;
        _cursor.Offset++;
        Func<T, bool>? inner = c == '!' ? Not() : Any();
        _nesting--;
        if (c == '!' || inner is null)
        {
            return inner is null ? null : entry => !inner(entry);
        }

        SkipBlanks();
        if (!Take(")"))
        {
            return Fail(new SourceSpan(start, 1), "\"(\" is never closed", "a matching \")\"");
        }

        return TakeTruth() is bool wanted ? entry => inner(entry) == wanted : inner;
    }

    /// <summary>RouterOS's own way to say "not": <c>(name~"ether")=false</c>.</summary>
    bool? TakeTruth()
    {
        foreach ((string token, bool truth) in (ReadOnlySpan<(string, bool)>)[("=false", false), ("=no", false), ("=true", true), ("=yes", true)])
        {
            if (At(token) && _cursor.NameEnd(_cursor.Offset + 1) == _cursor.Offset + token.Length)
            {
                _cursor.Offset += token.Length;
                return truth;
            }
        }

        return null;
    }

    Func<T, bool>? Comparison()
    {
        int start = _cursor.Offset;
        int end = Math.Min(_end, _cursor.NameEnd(start));
        if (end == start)
        {
            return Fail(new SourceSpan(start, 1), $"unexpected {Shown()} in a condition", "a property, \"!\" or \"(\"");
        }

        SourceSpan name = SourceSpan.Between(start, end);
        _cursor.Offset = end;
        if (_fields.Find(_cursor.Source(name)) is not ConditionField<T> field)
        {
            string shown = DiagnosticSink.Quote(_diagnostics.Source.Slice(name));
            _diagnostics.Error(name, $"unknown property {shown}", "a property of this menu", _fields.Names);
            return null;
        }

        SkipBlanks();
        if (TakeOperator() is not ConditionOperator relation)
        {
            return field is FlagField<T> flag
                ? flag.Value
                : Fail(name, $"{field.Name} is no flag, so it has to be compared", "=, !=, <, <=, >, >=, ~ or in");
        }

        return Value() is TextValue value ? field.Compile(relation, value, _diagnostics) : null;
    }

    ConditionOperator? TakeOperator()
    {
        if (AtEnd)
        {
            return null;
        }

        int offset = _cursor.Offset;
        bool equal = offset + 1 < _end && _cursor.CharAt(offset + 1) == '=';
        (ConditionOperator? relation, int length) = _cursor.Current switch
        {
            '=' => (ConditionOperator.Equal, 1),
            '!' when equal => (ConditionOperator.NotEqual, 2),
            '<' => equal ? (ConditionOperator.LessOrEqual, 2) : (ConditionOperator.Less, 1),
            '>' => equal ? (ConditionOperator.GreaterOrEqual, 2) : (ConditionOperator.Greater, 1),
            '~' => (ConditionOperator.Matches, 1),
            'i' when _cursor.CharAt(offset + 1) == 'n' && ScriptCursor.IsBlank(_cursor.CharAt(offset + 2)) => (ConditionOperator.In, 2),
            _ => ((ConditionOperator?)null, 0),
        };
        _cursor.Offset += length;
        return relation;
    }

    TextValue? Value()
    {
        int start = _cursor.Offset;
        SkipBlanks();
        bool moved = _cursor.Offset > start;
        if (AtEnd || _cursor.Current == ')' || At("&&") || At("||") || (moved && _cursor.IsProperty(_cursor.Offset)))
        {
            return new TextValue(new SourceSpan(start, 0), "", false, false, [(0, start)]);
        }

        if (_cursor.Current is '(' or '[')
        {
            return Computed(new SourceSpan(_cursor.Offset, 1), _end);
        }

        start = _cursor.Offset;
        TextValue value = _cursor.Current == '"' ? _text.ReadQuoted() : Bare();
        if (value.HasVariables)
        {
            _cursor.Offset = start;
            return Computed(value.Span, value.Span.End);
        }

        if (_text.IsBroken)
        {
            return null;
        }

        if (value.Text.Length == 0 && !value.IsQuoted)
        {
            Fail(new SourceSpan(value.Span.Start, 1), $"unexpected {Shown()} in a condition", "a value, or quotes around it");
            return null;
        }

        return value;
    }

    /// <summary>What the value at the cursor comes to, where a script is running that can say.</summary>
    TextValue? Computed(SourceSpan shown, int end)
    {
        if (_diagnostics.Source.Compute is not { } compute)
        {
            Fail(shown, "only a script computes values", "a plain value, or quotes around it");
            return null;
        }

        TextValue? value = compute(_cursor.Offset, end);
        _cursor.Offset = value?.Span.End ?? _cursor.Offset;
        return value;
    }

    TextValue Bare()
    {
        int start = _cursor.Offset;
        bool variables = _cursor.Current == '$';
        while (!AtEnd && !_cursor.IsWordEnd(_cursor.Offset) && !At("&&") && !At("||"))
        {
            variables |= _cursor.Current == '$' && char.IsAsciiLetterOrDigit(_cursor.CharAt(_cursor.Offset + 1));
            _cursor.Offset++;
        }

        SourceSpan span = SourceSpan.Between(start, _cursor.Offset);
        return new TextValue(span, _cursor.Source(span), false, variables, [(0, start)]);
    }

    bool At(string token) => _cursor.Offset + token.Length <= _end
        && string.CompareOrdinal(_cursor.Text, _cursor.Offset, token, 0, token.Length) == 0;

    bool Take(string token)
    {
        SkipBlanks();
        bool found = At(token);
        _cursor.Offset += found ? token.Length : 0;
        return found;
    }

    void SkipBlanks()
    {
        _cursor.SkipBlanks();
        _cursor.Offset = Math.Min(_cursor.Offset, _end);
    }

    string Shown() => DiagnosticSink.Quote([_cursor.Current]);

    Func<T, bool>? Fail(SourceSpan span, string message, string expected)
    {
        _diagnostics.Error(span, message, expected);
        return null;
    }
}
