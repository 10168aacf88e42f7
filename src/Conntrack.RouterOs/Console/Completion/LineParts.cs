using Conntrack.RouterOs.Menus;

namespace Conntrack.RouterOs.Console.Completion;

/// <summary>What a part of a line is, for its colour.</summary>
public enum PartKind : byte
{
    Menu,
    Command,
    Property,
    Variable,
    Quoted,
    Comment,
}

/// <summary>A part of a line that has a colour.</summary>
public readonly record struct LinePart(int Start, int Length, PartKind Kind);

/// <summary>Takes a line being typed apart for its colours. It goes by words alone and never fails.</summary>
public static class LineParts
{
    /// <summary>The parts in their order; what is between them has no colour.</summary>
    public static IReadOnlyList<LinePart> Of(string text, string menu)
    {
        var parts = new List<LinePart>();
        Menu outer = MenuTree.Find(menu) ?? MenuTree.Root;
        (Menu current, bool inPath, bool first) = (outer, true, true);
        int at = 0;
        while (at < text.Length)
        {
            char c = text[at];
            int end = at + 1;
            if (c == '"')
            {
                end = EndOfQuote(text, at);
                parts.Add(new LinePart(at, end - at, PartKind.Quoted));
            }
            else if (c == '#' && first)
            {
                end = text.IndexOf('\n', at) is >= 0 and int line ? line : text.Length;
                parts.Add(new LinePart(at, end - at, PartKind.Comment));
            }
            else if (c == '$')
            {
                end = NameEnd(text, at + 1);
                parts.Add(new LinePart(at, end - at, PartKind.Variable));
            }
            else if (c is '[' or '{' or ';' or '\n')
            {
                current = c is ';' or '\n' ? outer : current;
                (inPath, first) = (true, true);
            }
            else if (IsWord(c))
            {
                end = WordEnd(text, at);
                Word(text, at, ref end, ref current, ref inPath, first, parts);
                first = false;
            }

            at = end;
        }

        return parts;
    }

    static void Word(string text, int start, ref int end, ref Menu current, ref bool inPath, bool first, List<LinePart> parts)
    {
        string word = text[start..end];
        int equals = word.AsSpan().IndexOfAny("=<>~!");
        if (equals > 0)
        {
            end = start + equals;
            parts.Add(new LinePart(start, equals, PartKind.Property));
            // Behind the sign a value goes on up to its blank.
            return;
        }

        if (!inPath || (start > 0 && text[start - 1] is '=' or '<' or '>' or '~'))
        {
            return;
        }

        if (word is [':', _, ..])
        {
            parts.Add(new LinePart(start, word.Length, PartKind.Command));
            inPath = false;
        }
        else if (!TypedLine.Enter(current, word, first, out Menu? next, out string? command))
        {
            inPath = false;
        }
        else
        {
            current = next!;
            inPath = command is null;
            int own = command is null ? 0 : word.Length - Math.Max(word.LastIndexOf('/') + 1, 0);
            if (word.Length > own)
            {
                parts.Add(new LinePart(start, word.Length - own, PartKind.Menu));
            }

            if (own > 0)
            {
                parts.Add(new LinePart(end - own, own, PartKind.Command));
            }
        }
    }

    static bool IsWord(char c) => c is not (' ' or '\t' or '\r' or ']' or '}' or '(' or ')' or ',' or '=' or '<' or '>' or '~' or '!' or '&' or '|');

    static int WordEnd(string text, int at)
    {
        while (at < text.Length && text[at] is not (' ' or '\t' or '\r' or '\n' or ';' or '"' or '[' or ']' or '{' or '}' or '(' or ')' or '$'))
        {
            at++;
        }

        return at;
    }

    static int NameEnd(string text, int at)
    {
        while (at < text.Length && char.IsAsciiLetterOrDigit(text[at]))
        {
            at++;
        }

        return at;
    }

    static int EndOfQuote(string text, int at)
    {
        for (at++; at < text.Length; at++)
        {
            if (text[at] == '"')
            {
                return at + 1;
            }

            at += text[at] == '\\' ? 1 : 0;
        }

        return text.Length;
    }
}
