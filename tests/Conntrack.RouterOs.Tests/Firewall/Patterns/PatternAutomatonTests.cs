using System.Text;
using System.Text.RegularExpressions;
using Conntrack.RouterOs.Firewall.Patterns;

namespace Conntrack.RouterOs.Tests.Firewall.Patterns;

/// <summary>What regular expressions of layer7-protocol find, against the runtime's own, and what they refuse.</summary>
public sealed class PatternAutomatonTests
{
    [Theory]
    [InlineData("abc", "xxABCxx", true)]
    [InlineData("abc", "ab c", false)]
    [InlineData("^abc", "abcd", true)]
    [InlineData("^abc", "xabc", false)]
    [InlineData("abc$", "xabc", true)]
    [InlineData("abc$", "abcx", false)]
    [InlineData("^(a|b$|^c)", "c", true)]
    [InlineData("x^a", "xa", false)]
    [InlineData("a$b", "ab", false)]
    [InlineData("^$", "", true)]
    [InlineData("^$", "a", false)]
    [InlineData("", "anything", true)]
    [InlineData("a*", "", true)]
    [InlineData("^a{2,3}b", "aaab", true)]
    [InlineData("^a{2,3}b", "aaaab", false)]
    [InlineData("^a{2}$", "aa", true)]
    [InlineData("^a{2,}$", "a", false)]
    [InlineData("a{x", "a{x", true)]
    [InlineData("[]a]b", "]b", true)]
    [InlineData("^[^]a]", "]", false)]
    [InlineData("[a-]", "-", true)]
    [InlineData("^[^a-z]", "Q", false)]
    [InlineData("^[[:digit:]x]+$", "12X3", true)]
    [InlineData("^[[:space:]]$", "\t", true)]
    [InlineData("\\x13bittorrent protocol", "\u0013BitTorrent protocol", true)]
    [InlineData("a\\.b", "axb", false)]
    [InlineData("\\x2e\\x2a", ".*", true)]
    [InlineData("\\d\\D\\s\\S\\w\\W", "1a zk-", true)]
    [InlineData("^\\xe9$", "\u00e9", true)]
    [InlineData("^(http/(0\\.9|1\\.0|1\\.1) [1-5][0-9][0-9] [\\x09-\\x0d -~]*(connection:|content-type:))", "HTTP/1.1 200 OK\r\nServer: x\r\nContent-Type: y", true)]
    public void Finds_what_posix_would(string expression, string text, bool found) =>
        Assert.Equal(found, Of(expression).IsIn(Encoding.Latin1.GetBytes(text)));

    [Theory]
    [InlineData("ab)", 2, 1, "closes a group")]
    [InlineData("a(bc", 1, 1, "opens a group")]
    [InlineData("a[bc", 1, 1, "opens a set")]
    [InlineData("*a", 0, 1, "repeats nothing")]
    [InlineData("a|+", 2, 1, "repeats nothing")]
    [InlineData("^*", 1, 1, "repeats no byte")]
    [InlineData("a{3,2}", 1, 5, "ends before it begins")]
    [InlineData("a{300}", 1, 4, "more than 255")]
    [InlineData("a{3", 1, 2, "closing brace")]
    [InlineData("a\\", 1, 1, "escapes nothing")]
    [InlineData("a\\xg0", 1, 2, "hexadecimal")]
    [InlineData("a\\q", 1, 2, "is no escape")]
    [InlineData("a\\x00b", 1, 4, "zero")]
    [InlineData("[z-a]", 1, 3, "is no range")]
    [InlineData("[[:letters:]]", 1, 11, "no class")]
    [InlineData("a\u20ac", 1, 1, "is no byte")]
    [InlineData("a++++++", 0, 6, "again and again")]
    [InlineData("(a{255}){255}", 0, 13, "too large")]
    [InlineData("[ab]*a[ab]{30}c", 0, 15, "too large")]
    public void Says_what_is_wrong_and_where(string expression, int index, int length, string what)
    {
        Assert.Null(PatternAutomaton.Compile(expression, out (string Message, int Index, int Length) problem));
        Assert.Contains(what, problem.Message, StringComparison.Ordinal);
        Assert.Equal((index, length), (problem.Index, problem.Length));
    }

    [Fact]
    public void Groups_in_groups_end_somewhere()
    {
        Assert.NotNull(PatternAutomaton.Compile(new string('(', 64) + "a" + new string(')', 64), out _));
        Assert.Null(PatternAutomaton.Compile(new string('(', 2000), out (string Message, int Index, int Length) problem));
        Assert.Equal((64, "is nested too deep"), (problem.Index, problem.Message));
    }

    /// <summary>Expressions over two letters, long enough for every construct to meet every other, searched in all short texts.</summary>
    [Fact]
    public void Agrees_with_another_engine_on_random_expressions()
    {
        var random = new Random(20261126);
        string[] texts = [.. Enumerable.Range(0, 8).SelectMany(length => Enumerable.Range(0, 1 << length)
            .Select(bits => string.Concat(Enumerable.Range(0, length).Select(n => (bits >> n & 1) != 0 ? 'b' : 'a'))))];
        int found = 0;
        for (int n = 0; n < 300; n++)
        {
            string expression = Random(random, 3);
            var other = new Regex(expression, RegexOptions.CultureInvariant);
            PatternAutomaton ours = Of(expression);
            foreach (string text in texts)
            {
                bool expected = other.IsMatch(text);
                found += expected ? 1 : 0;
                Assert.True(expected == ours.IsIn(Encoding.Latin1.GetBytes(text)), $"{expression} in {text}: {expected} expected");
            }
        }

        Assert.InRange(found, texts.Length * 30, texts.Length * 270);
    }

    /// <summary>Whatever is typed is an expression or a problem within it.</summary>
    [Fact]
    public void No_text_upsets_it()
    {
        const string Letters = "ab()[]{}|*+?^$.\\x0-9,:";
        var random = new Random(1);
        for (int n = 0; n < 20_000; n++)
        {
            string text = string.Concat(Enumerable.Range(0, random.Next(1, 14)).Select(_ => Letters[random.Next(Letters.Length)]));
            if (PatternAutomaton.Compile(text, out (string Message, int Index, int Length) problem) is null)
            {
                Assert.InRange(problem.Index, 0, text.Length);
                Assert.InRange(problem.Length, 0, text.Length - problem.Index);
                Assert.NotEmpty(problem.Message);
            }
        }
    }

    static string Random(Random random, int depth) => depth == 0
        ? random.Next(6) switch { 0 => ".", 1 => "[ab]", 2 => "[^a]", 3 => "b", _ => "a" }
        : random.Next(9) switch
        {
            0 => $"({Random(random, depth - 1)}|{Random(random, depth - 1)})",
            1 => $"({Random(random, depth - 1)})*",
            2 => $"({Random(random, depth - 1)})+",
            3 => $"({Random(random, depth - 1)})?",
            4 => $"({Random(random, depth - 1)}){{1,2}}",
            5 => $"^{Random(random, depth - 1)}",
            6 => $"{Random(random, depth - 1)}$",
            _ => Random(random, depth - 1) + Random(random, depth - 1),
        };

    static PatternAutomaton Of(string expression)
    {
        PatternAutomaton? automaton = PatternAutomaton.Compile(expression, out (string Message, int Index, int Length) problem);
        Assert.True(automaton is not null, $"{expression}: {problem.Message}");
        return automaton;
    }
}
