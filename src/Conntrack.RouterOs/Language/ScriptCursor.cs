namespace Conntrack.RouterOs.Language;

/// <summary>A place in a script that moves forward only: blanks, line breaks, continuation lines, comments and balanced brackets.</summary>
sealed class ScriptCursor(DiagnosticSink diagnostics)
{
    readonly string _text = diagnostics.Source.Text;

    // A byte order mark is no part of the first word.
    public int Offset { get; set; } = diagnostics.Source.Text.StartsWith('\uFEFF') ? 1 : 0;

    public DiagnosticSink Diagnostics { get; } = diagnostics;

    public string Text => _text;

    public string Source(SourceSpan span) => _text.Substring(span.Start, span.Length);

    public bool AtEnd => Offset >= _text.Length;

    /// <summary>The character at the cursor; NUL at the end, which a script may also contain, so ask <see cref="AtEnd"/> first.</summary>
    public char Current => CharAt(Offset);

    public char CharAt(int offset) => offset < _text.Length ? _text[offset] : '\0';

    public bool AtLineBreak => LineBreakAt(Offset) > 0;

    /// <summary>Length of the line break at <paramref name="offset"/>, 0 when there is none.</summary>
    public int LineBreakAt(int offset) => CharAt(offset) switch
    {
        '\n' => 1,
        '\r' => CharAt(offset + 1) == '\n' ? 2 : 1,
        _ => 0,
    };

    /// <summary>
    /// Whether the line goes on after a backslash at <paramref name="offset"/>; <paramref name="resume"/> is then behind the next line's
    /// indentation, which the exporter adds and which is no part of any value.
    /// </summary>
    public bool TryContinuation(int offset, out int resume)
    {
        resume = offset;
        if (CharAt(offset) != '\\')
        {
            return false;
        }

        int lineBreak = LineBreakAt(offset + 1);
        if (lineBreak == 0 && offset + 1 < _text.Length)
        {
            return false;
        }

        resume = offset + 1 + lineBreak;
        while (IsBlank(CharAt(resume)))
        {
            resume++;
        }

        return true;
    }

    public void SkipBlanks()
    {
        while (true)
        {
            if (IsBlank(Current))
            {
                Offset++;
            }
            else if (TryContinuation(Offset, out int resume))
            {
                Offset = resume;
            }
            else
            {
                return;
            }
        }
    }

    /// <summary>To the end of the line. A backslash does not continue a comment.</summary>
    public void SkipComment()
    {
        while (!AtEnd && !AtLineBreak)
        {
            Offset++;
        }
    }

    /// <summary>Past a quoted string whose quote is at the cursor, for text that is kept as source.</summary>
    public void SkipQuoted()
    {
        int start = Offset++;
        while (!AtEnd && !AtLineBreak)
        {
            char c = Current;
            if (c == '"')
            {
                Offset++;
                return;
            }

            if (TryContinuation(Offset, out int resume))
            {
                Offset = resume;
            }
            else
            {
                Offset += c == '\\' && Offset + 1 < _text.Length ? 2 : 1;
            }
        }

        WarnOpenQuote(start);
    }

    public void WarnOpenQuote(int start) =>
        Diagnostics.Warning(
            SourceSpan.Between(start, Offset), "the quote opened here is not closed on its line; it is taken to end with the line");

    /// <summary>
    /// Past the bracket at the cursor and everything up to its partner. Lines may break only inside braces; a bracket or parenthesis left
    /// open at the end of a line is an error there, so that one slip does not swallow the rest of the script.
    /// </summary>
    public bool SkipBalanced()
    {
        int start = Offset;
        var open = new List<(char Closer, int Offset)>();
        int braces = 0;
        bool matched = true;
        bool atWordStart = true;
        while (!AtEnd)
        {
            char c = Current;
            if (AtLineBreak && braces == 0)
            {
                break;
            }

            if (c == '"')
            {
                SkipQuoted();
                atWordStart = false;
                continue;
            }

            if (c == '#' && atWordStart && braces > 0)
            {
                SkipComment();
                continue;
            }

            if (TryContinuation(Offset, out int resume))
            {
                Offset = resume;
                continue;
            }

            atWordStart = IsBlank(c) || AtLineBreak || c is ';' or '{';
            if (c is '{' or '[' or '(')
            {
                open.Add((c switch { '{' => '}', '[' => ']', _ => ')' }, Offset));
                braces += c == '{' ? 1 : 0;
            }
            else if (c is '}' or ']' or ')')
            {
                (char closer, int opener) = open[^1];
                if (c == closer)
                {
                    open.RemoveAt(open.Count - 1);
                }
                else
                {
                    Diagnostics.Error(new SourceSpan(Offset, 1), $"\"{c}\" does not close \"{_text[opener]}\"", $"\"{closer}\"");
                    matched = false;
                    if (c == '}' && braces > 0)
                    {
                        // A brace ends whatever was left open inside it.
                        int brace = open.FindLastIndex(static entry => entry.Closer == '}');
                        open.RemoveRange(brace, open.Count - brace);
                    }
                }

                braces -= c == '}' && braces > 0 ? 1 : 0;
            }

            Offset += c == '\\' && !AtEnd ? 2 : 1;
            if (open.Count == 0)
            {
                return matched;
            }
        }

        Offset = Math.Min(Offset, _text.Length);
        if (matched)
        {
            Diagnostics.Error(new SourceSpan(start, 1), $"\"{_text[start]}\" is never closed", $"a matching \"{open[0].Closer}\"");
        }

        return false;
    }

    /// <summary>What ends a bare word and cannot be part of one without quotes.</summary>
    public bool IsWordEnd(int offset) =>
        offset >= _text.Length || IsBlank(_text[offset]) || LineBreakAt(offset) > 0
        || _text[offset] is ';' or '"' or '{' or '}' or '[' or ']' or '(' or ')';

    public static bool IsBlank(char c) => c is ' ' or '\t';

    /// <summary>The end of a property or command name that begins at <paramref name="offset"/>.</summary>
    public int NameEnd(int offset)
    {
        while (char.IsAsciiLetterOrDigit(CharAt(offset)) || CharAt(offset) is '-' or '_' or '.')
        {
            offset++;
        }

        return offset;
    }

    /// <summary>Whether <c>name=</c> stands here.</summary>
    public bool IsProperty(int offset)
    {
        int end = NameEnd(offset);
        return end > offset && CharAt(end) == '=';
    }
}
