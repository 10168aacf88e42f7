using System.Globalization;
using System.Text;

namespace Conntrack.RouterOs.Language;

/// <summary>Reads text values: bare words and quoted strings, with the way back from each character to its place in the script.</summary>
sealed class ScriptTextReader(ScriptCursor cursor)
{
    // RouterOS strings are bytes and export writes each byte of UTF-8 as \XX.
    static readonly UTF8Encoding s_strictUtf8 = new(false, throwOnInvalidBytes: true);

    readonly List<byte> _bytes = [];
    StringBuilder _text = new();
    List<(int Index, int Offset)> _runs = [];
    List<Expression>? _parts;
    int _partIndex;
    int _partStart;

    /// <summary>Set when an error was reported while reading; the reader of the statement clears it.</summary>
    public bool IsBroken { get; set; }

    /// <summary>Reads what stands behind a <c>$</c>; without it reading ends there, with a value that is known to have variables.</summary>
    public ExpressionReader? Expressions { get; set; }

    DiagnosticSink Diagnostics => cursor.Diagnostics;

    /// <summary>
    /// The quoted string at the cursor, which may be on a <c>!</c> before the quote. <paramref name="canBeGlued"/>: an operator may follow
    /// without a blank.
    /// </summary>
    public TextValue ReadQuoted(bool canBeGlued = false)
    {
        int start = cursor.Offset;
        bool hasVariables = false;
        Begin();
        if (cursor.Current == '!')
        {
            Append('!');
        }

        int quote = cursor.Offset++;
        Mark();
        while (true)
        {
            AppendPlain();
            if (cursor.AtEnd || cursor.AtLineBreak)
            {
                cursor.WarnOpenQuote(quote);
                break;
            }

            char c = cursor.Current;
            if (c == '"')
            {
                cursor.Offset++;
                if (!canBeGlued)
                {
                    RefuseGlued();
                }

                break;
            }

            if (c == '\\')
            {
                ReadEscape();
            }
            else if (c == '$' && IsVariable(cursor.CharAt(cursor.Offset + 1)))
            {
                hasVariables = true;
                if (Expressions is null)
                {
                    break;
                }

                ReadVariable();
            }
            else
            {
                Append(c);
            }
        }

        return Value(start, isQuoted: true, hasVariables);
    }

    /// <summary>
    /// The bare word at the cursor, up to <paramref name="end"/>. Only the value of a property is joined over the end of a line.
    /// </summary>
    public TextValue ReadBare(bool isValue, int end = int.MaxValue)
    {
        int start = cursor.Offset;
        bool hasVariables = false;
        Begin();
        while (cursor.Offset < end)
        {
            char c = cursor.Current;
            if (c == '$' && IsBareVariable(cursor.CharAt(cursor.Offset + 1)))
            {
                hasVariables = true;
                ReadVariable();
                continue;
            }

            if (cursor.IsWordEnd(cursor.Offset))
            {
                break;
            }

            if (c == '\\')
            {
                if (!cursor.TryContinuation(cursor.Offset, out int resume))
                {
                    Diagnostics.Error(
                        new SourceSpan(cursor.Offset, 1), "a backslash outside quotes belongs at the very end of a line",
                        "quotes around the value");
                    IsBroken = true;
                }
                else if (isValue && ContinuesValue(resume))
                {
                    cursor.Offset = resume;
                    Mark();
                    continue;
                }
                else
                {
                    break;
                }
            }

            Append(c);
        }

        return Value(start, isQuoted: false, hasVariables);
    }

    TextValue Value(int start, bool isQuoted, bool hasVariables)
    {
        SourceSpan span = SourceSpan.Between(start, cursor.Offset);
        string text = _text.ToString();
        if (!hasVariables)
        {
            return _runs is [(0, int only)]
                ? new TextValue(span, text, isQuoted, only)
                : new TextValue(span, text, isQuoted, false, [.. _runs]);
        }

        Expression? computed = null;
        if (_parts is not null)
        {
            EndPart();
            computed = _parts is [Expression single] && !isQuoted ? single : new JoinedExpression(span, _parts);
        }

        return new TextValue(span, text, isQuoted, true, [.. _runs]) { Computed = computed };
    }

    /// <summary>
    /// Exporters break a bare value after a comma and, old ones, anywhere; people break between properties and forget the blank before
    /// the backslash. What looks like the next property is the next property.
    /// </summary>
    bool ContinuesValue(int resume)
    {
        if (cursor.IsWordEnd(resume) || cursor.CharAt(resume) == '#')
        {
            return false;
        }

        return (_text.Length > 0 && _text[^1] == ',') || (cursor.CharAt(resume) != '!' && !cursor.IsProperty(resume));
    }

    /// <summary>The variable, command or expression behind the <c>$</c> at the cursor; as text it stays as it is written.</summary>
    void ReadVariable()
    {
        EndPart();
        int start = cursor.Offset;

        // What is read there may hold strings of its own.
        (StringBuilder text, List<(int Index, int Offset)> runs, List<Expression>? parts) = (_text, _runs, _parts);
        (_text, _runs, _parts) = (new StringBuilder(), [], null);
        Expression? part = Expressions!.ReadDollar();
        (_text, _runs, _parts) = (text, runs, parts);

        IsBroken |= part is null;
        _parts ??= [];
        if (part is not null)
        {
            _parts.Add(part);
        }

        cursor.Offset = Math.Max(cursor.Offset, start + 1);
        _text.Append(cursor.Text, start, cursor.Offset - start);
        Mark();
        _partIndex = _text.Length;
        _partStart = cursor.Offset;
    }

    /// <summary>What was read since the last variable is a part of its own.</summary>
    void EndPart()
    {
        if (_text.Length > _partIndex)
        {
            _parts ??= [];
            _parts.Add(new WordExpression(
                SourceSpan.Between(_partStart, cursor.Offset), _text.ToString(_partIndex, _text.Length - _partIndex), isQuoted: true));
        }
    }

    void ReadEscape()
    {
        if (cursor.TryContinuation(cursor.Offset, out int resume))
        {
            cursor.Offset = resume;
            Mark();
            return;
        }

        char c = cursor.CharAt(cursor.Offset + 1);
        char? plain = c switch
        {
            '"' or '\\' or '$' or '?' => c,
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            '_' => ' ',
            'a' => '\a',
            'b' => '\b',
            'f' => '\f',
            'v' => '\v',
            _ => null,
        };
        if (plain is not null)
        {
            Mark();
            _text.Append(plain);
            cursor.Offset += 2;
            Mark();
        }
        else if (IsHexAt(cursor.Offset + 1))
        {
            ReadHexRun();
        }
        else
        {
            Diagnostics.Error(
                new SourceSpan(cursor.Offset, Math.Min(2, cursor.Text.Length - cursor.Offset)), "unknown escape in a quoted string",
                "\\\" \\\\ \\$ \\n \\r \\t \\_ \\a \\b \\f \\v or \\ and two capital hexadecimal digits");
            IsBroken = true;
            Append(cursor.Current);
        }
    }

    /// <summary>Neighbouring <c>\XX</c> are read together: they may be the bytes of one character. Other bytes stay as they are.</summary>
    void ReadHexRun()
    {
        int start = cursor.Offset;
        _bytes.Clear();
        while (cursor.Current == '\\' && IsHexAt(cursor.Offset + 1))
        {
            _bytes.Add(byte.Parse(cursor.Text.AsSpan(cursor.Offset + 1, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture));
            cursor.Offset += 3;
        }

        _runs.Add((_text.Length, start));
        byte[] bytes = [.. _bytes];
        try
        {
            _text.Append(s_strictUtf8.GetString(bytes));
        }
        catch (DecoderFallbackException)
        {
            _text.Append(Encoding.Latin1.GetString(bytes));
        }

        Mark();
    }

    bool IsHexAt(int offset) => IsHexDigit(cursor.CharAt(offset)) && IsHexDigit(cursor.CharAt(offset + 1));

    static bool IsHexDigit(char c) => char.IsAsciiHexDigitUpper(c);

    static bool IsVariable(char next) => char.IsAsciiLetterOrDigit(next) || next is '(' or '[';

    static bool IsBareVariable(char next) => IsVariable(next) || next == '"';

    void RefuseGlued()
    {
        bool closes = cursor.IsWordEnd(cursor.Offset) && (cursor.AtEnd || cursor.Current is not ('"' or '{' or '[' or '('));
        if (closes || cursor.TryContinuation(cursor.Offset, out _))
        {
            return;
        }

        int start = cursor.Offset;
        while (!cursor.AtEnd && !ScriptCursor.IsBlank(cursor.Current) && !cursor.AtLineBreak && cursor.Current != ';')
        {
            cursor.Offset++;
        }

        Diagnostics.Error(
            SourceSpan.Between(start, cursor.Offset), "text follows a closing quote directly",
            "a blank, or \\\" for a quote inside the text");
        IsBroken = true;
    }

    void Begin()
    {
        _text.Clear();
        _runs.Clear();
        _runs.Add((0, cursor.Offset));
        _parts = null;
        _partIndex = 0;
        _partStart = cursor.Offset;
    }

    void Append(char c)
    {
        _text.Append(c);
        cursor.Offset++;
    }

    /// <summary>Everything up to the next character that means something in a quoted string.</summary>
    void AppendPlain()
    {
        ReadOnlySpan<char> rest = cursor.Text.AsSpan(Math.Min(cursor.Offset, cursor.Text.Length));
        int length = rest.IndexOfAny("\"\\$\r\n");
        length = length < 0 ? rest.Length : length;
        _text.Append(rest[..length]);
        cursor.Offset += length;
    }

    /// <summary>From here on the text's characters stand in the script from the cursor on.</summary>
    void Mark()
    {
        if (_runs[^1].Index == _text.Length)
        {
            _runs[^1] = (_text.Length, cursor.Offset);
        }
        else
        {
            _runs.Add((_text.Length, cursor.Offset));
        }
    }
}
