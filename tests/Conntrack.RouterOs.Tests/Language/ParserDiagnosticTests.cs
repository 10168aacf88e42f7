using Conntrack.RouterOs.Language;

namespace Conntrack.RouterOs.Tests.Language;

public sealed class ParserDiagnosticTests
{
    [Theory]
    // Menus and commands
    [InlineData("/ip firewal filter add chain=input", "1:5: error: unknown word \"firewal\" in /ip (expected a menu or command of /ip; did you mean \"firewall\"?)")]
    [InlineData("/ip fire filter", "1:5: error: unknown word \"fire\" in /ip (expected a menu or command of /ip; did you mean \"firewall\"?)")]
    [InlineData("/intrface ethernet", "1:2: error: unknown word \"intrface\" (expected a menu or a command; did you mean \"interface\"?)")]
    [InlineData("/ip firewall filter\n  ad chain=input", "2:3: error: unknown word \"ad\" in /ip firewall filter (expected a menu or command of /ip firewall filter; did you mean \"add\"?)")]
    [InlineData("/ip firewall filter chain=input", "1:21: error: property \"chain\" without a command (expected a command such as add or set before it)")]
    [InlineData("/user blah { \"x\" }", "1:14: error: unexpected \"\"\" (expected a menu or a command)")]
    [InlineData("/ip firewall filter [find]", "1:21: error: unexpected \"[\" (expected a menu or a command)")]
    [InlineData("\"x\"", "1:1: error: unexpected \"\"\" (expected a menu or a command)")]
    [InlineData(": put", "1:1: error: \":\" without a command (expected a command such as :put)")]
    // Blocks and brackets
    [InlineData("/ip address {\n add a=1\n", "1:13: error: \"{\" is never closed (expected a matching \"}\")")]
    [InlineData("/ip address\n}\n", "2:1: error: \"}\" closes nothing")]
    [InlineData("/ip address set [ find a=1 b=2\n/ip address set 0", "1:17: error: \"[\" is never closed (expected a matching \"]\" on the same line)")]
    [InlineData("/ip address set a=(1 + 2\n/ip address set 0", "1:19: error: \"(\" is never closed (expected a matching \")\")")]
    [InlineData("/ip address set a=(1 + 2]", "1:25: error: \"]\" does not close \"(\" (expected \")\")")]
    [InlineData("/ip address set a=1]", "1:20: error: unexpected \"]\" (expected a blank, or quotes around the whole value)")]
    [InlineData("/ip address set []", "1:18: error: brackets without a command (expected a command such as find)")]
    [InlineData("/ip address set [fnd a=1]", "1:18: error: unknown word \"fnd\" in /ip address (expected a menu or command of /ip address; did you mean \"find\"?)")]
    // Values
    [InlineData("/ip address set a=^(b)$", "1:20: error: unexpected \"(\" (expected a blank, or quotes around the whole value)")]
    [InlineData("/ip address set a=x\"y\"", "1:20: error: unexpected \"\"\" (expected a blank, or quotes around the whole value)")]
    [InlineData("/ip address set a=\"say \"hi\"\"", "1:25: error: text follows a closing quote directly (expected a blank, or \\\" for a quote inside the text)")]
    [InlineData("/ip address set a=\"\\q\"", "1:20: error: unknown escape in a quoted string (expected \\\" \\\\ \\$ \\n \\r \\t \\_ \\a \\b \\f \\v or \\ and two capital hexadecimal digits)")]
    [InlineData("/ip address set a=\"\\0d\"", "1:20: error: unknown escape in a quoted string (expected \\\" \\\\ \\$ \\n \\r \\t \\_ \\a \\b \\f \\v or \\ and two capital hexadecimal digits)")]
    [InlineData("/ip address set a=1\\2", "1:20: error: a backslash outside quotes belongs at the very end of a line (expected quotes around the value)")]
    [InlineData("/ip address set a=1 \\ \n b=2", "1:21: error: a backslash outside quotes belongs at the very end of a line (expected quotes around the value)|2:2: error: property \"b\" without a command (expected a command such as add or set before it)")]
    [InlineData("/ip address set !a=1", "1:17: error: \"!\" before a property unsets it and takes no value (expected property=!value)")]
    [InlineData("/ip address set a=\"x\n/ip address set b=2", "1:19: warning: the quote opened here is not closed on its line; it is taken to end with the line")]
    [InlineData("/ip address set a=\"x", "1:19: warning: the quote opened here is not closed on its line; it is taken to end with the line")]
    // What is reported once is not reported again for every line that depends on it
    [InlineData("/ip adress\nadd a=1\nadd b=2\n/ip address add c=3", "1:5: error: unknown word \"adress\" in /ip (expected a menu or command of /ip; did you mean \"address\"?)")]
    [InlineData("/ip adress {\nadd a=1\n add b=2 }\n/ip address add c=3", "1:5: error: unknown word \"adress\" in /ip (expected a menu or command of /ip; did you mean \"address\"?)")]
    // A word nobody lists under a menu without use may be a menu or a command: what follows must not get lost in it
    [InlineData("/ip address\n/user blah admin\nadd a=1\nadd b=2", "3:1: error: it is not certain which menu this belongs to: line 2 enters one that is not known here (expected a full path)")]
    [InlineData("/ip address\n/user blah admin\n{ }\nadd a=1", "4:1: error: it is not certain which menu this belongs to: line 2 enters one that is not known here (expected a full path)")]
    [InlineData("/ip address\n/user blah admin\n{ add a=1 }", "3:3: error: it is not certain which menu this belongs to: line 2 enters one that is not known here (expected a full path)")]
    [InlineData("/ip address\n/user blah admin\n/ip address add a=1")]
    public void Says_what_is_wrong_and_where(string text, string expected = "") =>
        Assert.Equal(
            expected.Split('|', StringSplitOptions.RemoveEmptyEntries).Select(static line => "t.rsc:" + line),
            Parsed.Parse(text).Diagnostics.Select(static diagnostic => diagnostic.ToString()));

    [Fact]
    public void Holds_the_word_the_expectation_and_the_nearest_word_apart()
    {
        Diagnostic diagnostic = Assert.Single(Parsed.Parse("/ip\nfirewal filter").Diagnostics);

        Assert.Equal(
            new Diagnostic(
                Severity.Error, "t.rsc", 2, 1, "firewal", "unknown word \"firewal\" in /ip", "a menu or command of /ip", "firewall"),
            diagnostic);
    }

    [Fact]
    public void Goes_on_behind_an_error()
    {
        (ParsedScript script, IReadOnlyList<Diagnostic> diagnostics) =
            Parsed.Parse("/ip address\nadd a=\"\\q\" b=1\nadd c=1 )\nnonsense\nadd d=1");

        Assert.Equal([2, 3, 4], diagnostics.Select(static diagnostic => diagnostic.Line));
        Assert.Equal([true, true, false], script.Statements.Select(static statement => statement.IsBroken));
    }

    [Fact]
    public void Makes_control_characters_harmless() =>
        Assert.Equal("unknown word \"a\\1Bb\" in /ip", Assert.Single(Parsed.Parse("/ip a\u001Bb").Diagnostics).Message);

    [Fact]
    public void Counts_what_it_does_not_show()
    {
        string text = string.Concat(Enumerable.Repeat("nonsense\n", DiagnosticSink.MaxPerSeverity + 23));

        IReadOnlyList<Diagnostic> diagnostics = Parsed.Parse(text).Diagnostics;

        Assert.Equal(DiagnosticSink.MaxPerSeverity + 1, diagnostics.Count);
        Assert.Equal("23 more of this kind are not shown", diagnostics[^1].Message);
        Assert.Equal(Severity.Error, diagnostics[^1].Severity);
    }
}
