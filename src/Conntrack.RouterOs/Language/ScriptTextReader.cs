using System.Globalization;
using System.Text;

namespace Conntrack.RouterOs.Language;

/// <summary>Reads text values: bare words and quoted strings, with the way back from each character to its place in the script.</summary>
sealed class ScriptTextReader(ScriptCursor cursor)
{
    // RouterOS strings are bytes and export writes each byte of UTF-8 as \XX.
    static readonly UTF8Encoding s_strictUtf8 = new(false, throwOnInvalidBytes: true);

    readonly StringBuilder _text = new();
    readonly List<byte> _bytes = [];
    List<(int Index, int Offset)> _runs = [];

    /// <summary>Set when an error was reported while reading; the reader of the statement clears it.</summary>
    public bool IsBroken { get; set; }

    DiagnosticSink Diagnostics => cursor.Diagnostics;

    /// <summary>The quoted string at the cursor, which may be on a <c>!</c> before the quote.</summary>
    public TextValue ReadQuoted()
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
            if (cursor.AtEnd || cursor.AtLineBreak)
            {
                cursor.WarnOpenQuote(quote);
                break;
            }

            char c = cursor.Current;
            if (c == '"')
            {
                cursor.Offset++;
                RefuseGlued();
                break;
            }

            if (c == '\\')
            {
                ReadEscape();
                continue;
            }

            hasVariables |= c == '$' && IsVariable(cursor.CharAt(cursor.Offset + 1));
            Append(c);
        }

        return new TextValue(SourceSpan.Between(start, cursor.Offset), _text.ToString(), true, hasVariables, _runs);
    }

    /// <summary>The bare word at the cursor. Only the value of a property is joined over the end of a line.</summary>
    public TextValue ReadBare(bool isValue)
    {
        int start = cursor.Offset;
        bool hasVariables = false;
        Begin();
        while (!cursor.IsWordEnd(cursor.Offset))
        {
            char c = cursor.Current;
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

            hasVariables |= c == '$' && IsVariable(cursor.CharAt(cursor.Offset + 1));
            Append(c);
        }

        return new TextValue(SourceSpan.Between(start, cursor.Offset), _text.ToString(), false, hasVariables, _runs);
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

    static bool IsVariable(char next) => char.IsAsciiLetterOrDigit(next) || next is '_' or '(' or '[';

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
        _runs = [(0, cursor.Offset)];
    }

    void Append(char c)
    {
        _text.Append(c);
        cursor.Offset++;
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
