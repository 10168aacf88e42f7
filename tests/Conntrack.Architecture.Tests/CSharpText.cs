using System.Text;
using System.Text.RegularExpressions;

namespace Conntrack.Architecture.Tests;

/// <summary>C# source without comments and without what stands inside literals, so that a word found in it is code.</summary>
static class CSharpText
{
    public static string CodeOf(string path) => Strip(Repository.Read(path));

    public static string Strip(string source)
    {
        StringBuilder code = new(source.Length);
        int at = 0;
        while (at < source.Length)
        {
            int end = SkipFrom(source, at);
            if (end == at)
            {
                code.Append(source[at++]);
                continue;
            }

            // A literal keeps its quotes, and whatever is skipped its line breaks: tokens stay apart, lines stay countable.
            code.Append(source[at] == '/' ? " " : "\"\"").Append('\n', source.AsSpan(at, end - at).Count('\n'));
            at = end;
        }

        return code.ToString();
    }

    /// <summary>What stands between the braces of the method <paramref name="name"/>; null if no such method has any. A call has none.</summary>
    public static string? BodyOf(string code, string name)
    {
        Match head = Regex.Match(code, $@"\b{name}\s*(<[^<>()]*>)?\s*\([^()]*\)\s*(where[^{{]*)?\{{");
        if (!head.Success)
        {
            return null;
        }

        int open = head.Index + head.Length - 1;
        int depth = 0;
        for (int at = open; at < code.Length; at++)
        {
            depth += code[at] switch { '{' => 1, '}' => -1, _ => 0 };
            if (depth == 0)
            {
                return code[(open + 1)..at];
            }
        }

        return null;
    }

    static int SkipFrom(string source, int at) => source[at] switch
    {
        '/' when Next(source, at) == '/' => EndOfLine(source, at),
        '/' when Next(source, at) == '*' => After(source, "*/", at + 2),
        '\'' => EndOfQuoted(source, at, '\''),
        '"' when source.AsSpan(at).StartsWith("\"\"\"") => EndOfRaw(source, at),
        '"' when IsVerbatim(source, at) => EndOfVerbatim(source, at),
        '"' => EndOfQuoted(source, at, '"'),
        _ => at,
    };

    static char Next(string source, int at) => at + 1 < source.Length ? source[at + 1] : '\0';

    static bool IsVerbatim(string source, int at) => (at > 0 && source[at - 1] == '@') || (at > 1 && source[at - 1] == '$' && source[at - 2] == '@');

    static int EndOfLine(string source, int at) => source.IndexOf('\n', at) is var end and >= 0 ? end : source.Length;

    static int After(string source, string mark, int at) =>
        source.IndexOf(mark, at, StringComparison.Ordinal) is var end and >= 0 ? end + mark.Length : source.Length;

    static int EndOfRaw(string source, int at)
    {
        int quotes = 0;
        while (at + quotes < source.Length && source[at + quotes] == '"')
        {
            quotes++;
        }

        return After(source, new string('"', quotes), at + quotes);
    }

    static int EndOfVerbatim(string source, int at)
    {
        int end = at + 1;
        while (end < source.Length && (source[end] != '"' || Next(source, end) == '"'))
        {
            end += source[end] == '"' ? 2 : 1;
        }

        return Math.Min(end + 1, source.Length);
    }

    static int EndOfQuoted(string source, int at, char quote)
    {
        int end = at + 1;
        while (end < source.Length && source[end] != quote && source[end] != '\n')
        {
            end += source[end] == '\\' ? 2 : 1;
        }

        return Math.Min(end + 1, source.Length);
    }
}
