using Conntrack.RouterOs.Language;
using Conntrack.RouterOs.Menus;

namespace Conntrack.RouterOs.Tests.Language;

public sealed class ScriptParserTests
{
    const string Add = "/ip firewall filter|add|chain=input|action=drop";

    [Theory]
    [InlineData("/ip firewall filter add chain=input action=drop")]
    [InlineData("/ip/firewall/filter/add chain=input action=drop")]
    [InlineData("/ip/firewall filter/add chain=input action=drop")]
    [InlineData("ip firewall filter add chain=input action=drop")]
    [InlineData("/ip firewall filter\nadd chain=input action=drop")]
    [InlineData("ip firewall filter\nadd chain=input action=drop")]
    [InlineData("/ip/firewall/filter\r\nadd chain=input action=drop\r\n")]
    [InlineData("/ip firewall filter\radd chain=input action=drop\r")]
    [InlineData("/ip firewall\nfilter add chain=input action=drop")]
    [InlineData("/ip firewall\nfilter\nadd chain=input action=drop")]
    [InlineData("/ip firewall { filter add chain=input action=drop }")]
    [InlineData("/ip firewall {\n  filter\n  add chain=input action=drop\n}\n")]
    [InlineData("/ip { firewall { filter { add chain=input action=drop } } }")]
    [InlineData("/ip address\n/ip firewall filter add chain=input action=drop")]
    [InlineData("/ip address\nip firewall filter add chain=input action=drop")]
    [InlineData("/ip address; ../firewall filter; add chain=input action=drop;;")]
    [InlineData("\uFEFF# 2026-06-30 21:42:59 by RouterOS 7.20.7\n#\n/ip firewall filter\n   add   chain=input\taction=drop   # why")]
    [InlineData("/ip firewall filter add chain=\\\n    input action=\\\n    drop")]
    [InlineData("/ip firewall filter add chain=input \\\n    action=drop")]
    [InlineData("/ip firewall filter add chain=input\\\n    action=drop")]
    [InlineData("/ip firewall filter \\\r\n    add chain=inp\\\r\n    ut action=drop")]
    [InlineData("/ip firewall filter add chain= input action= drop")]
    [InlineData("/ip firewall filter add chain=input action=drop \\")]
    [InlineData("{ /ip firewall filter add chain=input action=drop }")]
    [InlineData("/user set x=y\nip firewall filter add chain=input action=drop", "/user|set|x=y")]
    [InlineData("/ip hotspot walled-garden\nip firewall filter add chain=input action=drop")]
    [InlineData("/queue\nip firewall filter add chain=input action=drop")]
    [InlineData(":ip firewall filter add chain=input action=drop")]
    [InlineData("/\nip firewall filter\nadd chain=input action=drop")]
    [InlineData("/ip firewall nat\n..\nfilter\nadd chain=input action=drop")]
    [InlineData("/ip/firewall/nat/../filter/add chain=input action=drop")]
    [InlineData("/ip/firewall\n{\nfilter\n{\nadd chain=input action=drop }\n}")]
    [InlineData("\t/ip\tfirewall\tfilter\tadd\tchain=input\taction=drop\t")]
    [InlineData("# may/19/2016 10:49:02 by RouterOS 6.35.1\r\n# software id = XXXX-XXXX\r\n#\r\n/ip firewall filter\r\nadd chain=input \\\r\n    action=drop\r\n")]
    [InlineData("[/ip firewall filter add chain=input action=drop]")]
    public void Reads_every_spelling_of_a_path(string text, params string[] before) =>
        Assert.Equal([.. before, Add], Parsed.Clean(text));

    [Theory]
    [InlineData("/user blah \"x\" y=z", "/user|blah|'x'|y=z")]
    [InlineData("/user blah y=z", "/user|blah|y=z")]
    [InlineData("/user/blah/blub y=z", "/user blah|blub|y=z")]
    [InlineData("/user blah set y=z", "/user blah|set|y=z")]
    [InlineData("/user group blah y=z", "/user group|blah|y=z")]
    [InlineData("/ip hotspot walled-garden\nip add y=z", "/ip hotspot walled-garden ip|add|y=z")]
    [InlineData("/queue\ninterface set ether1 y=z", "/queue interface|set|ether1|y=z")]
    public void Takes_unlisted_words_of_menus_without_use_as_they_come(string text, string expected) =>
        Assert.Equal([expected], Parsed.Clean(text));

    [Fact]
    public void Leaves_the_menu_where_it_was_behind_a_one_line_command_and_a_block() => Assert.Equal(
        ["/ip address|add|a=1", "/ip dns|set|b=2", "/ip address|add|c=3", "/ip dns static|add|d=4", "/ip address|add|e=5"],
        Parsed.Clean("/ip address\nadd a=1\n/ip dns set b=2\nadd c=3\n/ip dns { static\n add d=4 }\nadd e=5"));

    [Theory]
    [InlineData("a=\"\"", "a=''")]
    [InlineData("a=", "a=")]
    [InlineData("a= b=2", "a=|b=2")]
    [InlineData("a=\\\n    b=2", "a=|b=2")]
    [InlineData("a=!LAN", "a=!LAN")]
    [InlineData("a=!\"my list\"", "a='!my list'")]
    [InlineData("a=syn,!ack,!rst", "a=syn,!ack,!rst")]
    [InlineData("a=22,\\\n    80-89,\\\n    443 b=1", "a=22,80-89,443|b=1")]
    [InlineData("a=\\\n    !LAN", "a=!LAN")]
    [InlineData("!a !b-c c=1", "!a|!b-c|c=1")]
    [InlineData("a=1\\\n    !b", "a=1|!b")]
    [InlineData("a=b=c", "a=b=c")]
    [InlineData("a=#1", "a=#1")]
    [InlineData("a=1 # b=2", "a=1")]
    [InlineData("0", "0")]
    [InlineData("0,2 a=1", "0,2|a=1")]
    [InlineData("*FFFFFFFE a=1", "*FFFFFFFE|a=1")]
    [InlineData("(unknown) a=1", "(unknown)|a=1")]
    [InlineData("ftp disabled=yes", "ftp|disabled=yes")]
    [InlineData("a=$x", "a=$x")]
    [InlineData("a=($x + [find])", "a=($x + [find])")]
    [InlineData("a=\"x y\"", "a='x y'")]
    [InlineData("a=\"x\"\\\n b=1", "a='x'|b=1")]
    [InlineData("a=\"q: \\\" b: \\\\ d: \\$ s:\\_e\"", "a='q: \" b: \\ d: $ s: e'")]
    [InlineData("a=\"\\n\\r\\t\\a\\b\\f\\v\"", "a='\n\r\t\a\b\f\v'")]
    [InlineData("a=\"\\48\\45\\4C\\0D\"", "a='HEL\r'")]
    [InlineData("a=\"caf\\C3\\A9 \\E2\\82\\AC\"", "a='café €'")]
    [InlineData("a=\"\\E9\"", "a='\u00E9'")]
    [InlineData("a=\"local,telnet,w\\\n    eb,sniff \\\n    x\"", "a='local,telnet,web,sniff x'")]
    [InlineData("a=\"two\\r\\\n    \\nlines\"", "a='two\r\nlines'")]
    [InlineData("[ find default-name=ether1 ] a=1", "[/ip address|find|default-name=ether1]|a=1")]
    [InlineData("[find]", "[/ip address|find]")]
    [InlineData("[find;] a=1", "[/ip address|find]|a=1")]
    [InlineData("[find comment~\"defconf\" !disabled]", "[/ip address|find|comment~'defconf'|!disabled]")]
    [InlineData("[find where a!=1 && b<=30s]", "[/ip address|find|where|a!=1|&&|b<=30s]")]
    [InlineData("[/ip route find a>1] b=[find name=[/interface get 0 name]]",
        "[/ip route|find|a>1]|b=[/ip address|find|name=[/interface|get|0|name]]")]
    [InlineData("on-error={ :put \"}\" # }\n }", "on-error={ :put \"}\" # }\n }")]
    public void Reads_arguments(string arguments, string expected) =>
        Assert.Equal([$"/ip address|set|{expected}"], Parsed.Clean($"/ip address set {arguments}"));

    [Theory]
    [InlineData("put \"x\"", "/|:put|'x'")]
    [InlineData("/put \"x\"", "/|:put|'x'")]
    [InlineData("/ip address; put \"x\"", "/ip address|:put|'x'")]
    [InlineData("/ip address; set x y=z", "/ip address|set|x|y=z")]
    [InlineData("set x 5", "/|:set|x|5")]
    [InlineData("do { put 1 } on-error={ put 2 }", "/|:do|{ put 1 }|on-error={ put 2 }")]
    [InlineData("$f 1 a=2", "/|$f|1|a=2")]
    [InlineData("$\"my f\" 1", "/|$my f|1")]
    [InlineData("[$f 1]", "/|$f|1")]
    [InlineData(":local f do={ :return 1 }", "/|:local|f|do={ :return 1 }")]
    [InlineData(":local x \"a $[:len \"b\"] $(1 + 2)\"", "/|:local|x|'a $[:len \"b\"] $(1 + 2)'")]
    [InlineData(":foreach k,v in={1;2} do={}", "/|:foreach|k,v|in={1;2}|do={}")]
    [InlineData(":if (1=1 \\\n    and 2=2) do={\n\t# ü }\n\t:put \"ü\" }", "/|:if|(1=1 \\\n    and 2=2)|do={\n\t# ü }\n\t:put \"ü\" }")]
    [InlineData("/system script add name=x source={ :if (1) do={ /nonsense } }", "/system script|add|name=x|source={ :if (1) do={ /nonsense } }")]
    public void Reads_commands_of_the_language(string text, string expected) => Assert.Equal([expected], Parsed.Clean(text));

    /// <summary>One command is in memory at a time, so a long script costs no more than its text.</summary>
    [Fact]
    public void Reads_one_command_at_a_time()
    {
        var source = new SourceText("t.rsc", "/ip address\nadd a=1\nadd b=\"\\q\"\nadd c=3");
        var diagnostics = new DiagnosticSink(source);
        using IEnumerator<Statement> statements = ScriptParser.Read(MenuTree.Root, diagnostics).GetEnumerator();

        Assert.True(statements.MoveNext());
        Assert.False(diagnostics.HasErrors);
        Assert.True(statements.MoveNext());
        Assert.True(diagnostics.HasErrors);
    }

    [Fact]
    public void Reads_the_language_s_own_commands() => Assert.Equal(
        ["/|:global|defconfMode", "/|:if|($action = \"apply\")|do={\n  :put 1 }|else={}", "/|:foreach|k|in=[/interface|find]|do={}"],
        Parsed.Clean(":global defconfMode;\n:if ($action = \"apply\") do={\n  :put 1 } else={}\n:foreach k in=[/interface find] do={}"));

    [Fact]
    public void Reads_the_chapter_s_first_example_with_its_open_quote()
    {
        (ParsedScript script, IReadOnlyList<Diagnostic> diagnostics) = Parsed.Parse(ChapterExamples.First);

        Assert.Equal(
            [
                "/ip firewall filter|add|chain=input|connection-state=invalid|action=drop|comment='Drop Invalid connections'",
                "/ip firewall filter|add|chain=input|connection-state=established,related,untracked|action=accept"
                    + "|comment='Allow Established/Related/Untracked connections'",
            ],
            script.Statements.Select(statement => Parsed.Show(statement, script.Source)));
        Assert.Equal(
            "t.rsc:3:86: warning: the quote opened here is not closed on its line; it is taken to end with the line",
            Assert.Single(diagnostics).ToString());
    }

    [Fact]
    public void Reads_the_chapter_s_second_example() => Assert.Equal(
        [
            "/ip firewall filter|add|chain=forward|action=fasttrack-connection|connection-state=established,related",
            "/ip firewall filter|add|chain=forward|action=accept|connection-state=established,related",
        ],
        Parsed.Clean(ChapterExamples.Second));

    [Fact]
    public void Knows_where_each_part_stands()
    {
        (ParsedScript script, _) = Parsed.Parse("\n  /ip/firewall filter  add chain=in,\\\n    \"x\" a=\"p\\_q,r\"");

        Statement statement = script.Statements[0];
        Assert.Equal("/ip/firewall filter", script.Source.Slice(statement.PathSpan));
        Assert.Equal(new SourcePosition(2, 3), script.Source.PositionOf(statement.PathSpan.Start));
        Assert.Equal("add", script.Source.Slice(statement.CommandSpan));
        Assert.Equal(new SourcePosition(2, 24), script.Source.PositionOf(statement.CommandSpan.Start));
    }

    [Theory]
    [InlineData("a=\"p\\_q,rst\"", "rst", "rst", 25)]
    [InlineData("a=\"p\\_q,r\\\\t\"", "r\\t", "r\\\\t", 25)]
    [InlineData("a=new,old", "old", "old", 23)]
    [InlineData("a=\"\\C3\\A9,old\"", "old", "old", 27)]
    public void Finds_the_place_of_a_part_of_a_value(string argument, string part, string source, int column)
    {
        (ParsedScript script, _) = Parsed.Parse("/ip address set " + argument);

        var value = (TextValue)script.Statements[0].Arguments[0].Value!;
        SourceSpan span = value.SpanOf(value.Text.IndexOf(part, StringComparison.Ordinal), part.Length);
        Assert.Equal(source, script.Source.Slice(span));
        Assert.Equal(column, script.Source.PositionOf(span.Start).Column);
    }

    [Fact]
    public void Finds_the_place_of_a_part_on_a_continuation_line()
    {
        (ParsedScript script, _) = Parsed.Parse("/ip address set a=one,\\\n    two");

        var value = (TextValue)script.Statements[0].Arguments[0].Value!;
        Assert.Equal("one,two", value.Text);
        Assert.Equal(new SourcePosition(2, 5), script.Source.PositionOf(value.SpanOf(4, 3).Start));
    }

    [Theory]
    [InlineData("a=\"x $y\"", true)]
    [InlineData("a=\"x $(1+2)\"", true)]
    [InlineData("a=$y", true)]
    [InlineData("a=\"x \\$y\"", false)]
    [InlineData("a=\"^x$\"", false)]
    public void Tells_text_with_variables_from_final_text(string argument, bool expected)
    {
        (ParsedScript script, _) = Parsed.Parse("/ip address set " + argument);

        Assert.Equal(expected, ((TextValue)script.Statements[0].Arguments[0].Value!).HasVariables);
    }
}
