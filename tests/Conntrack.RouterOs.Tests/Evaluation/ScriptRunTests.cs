using Conntrack.RouterOs.Firewall;
using Conntrack.RouterOs.Settings;
using Conntrack.RouterOs.Tests.Firewall;

namespace Conntrack.RouterOs.Tests.Evaluation;

public sealed class ScriptRunTests
{
    const string Filter = "/ip firewall filter\n";

    /// <summary>A script and the comments of the rules it makes, in order; a dash marks one that is disabled.</summary>
    [Theory]
    // Conditions
    [InlineData(":if (1=1) do={ add chain=input comment=a } else={ add chain=input comment=b }", "a")]
    [InlineData(":if (1=2) do={ add chain=input comment=a } else={ add chain=input comment=b }", "b")]
    [InlineData(":if (1=2) do={ add chain=input comment=a }", "")]
    [InlineData("if (1=1) do={ add chain=input comment=a }", "a")]
    [InlineData(":if [:tobool yes] do={ add chain=input comment=a }", "a")]
    [InlineData(":local x yes; :if $x do={ add chain=input comment=a }", "a")]
    [InlineData(":if ($action = \"apply\" \\\n    and true) do={\n  add chain=input comment=a;\n}", "a")]
    [InlineData(":if ([:len [find]] = 0) do={ add chain=input comment=a }\n:if ([:len [find]] = 0) do={ add chain=input comment=b }", "a")]
    [InlineData(":if ([:len [/interface ethernet find default-name=ether1]] > 0) do={ add chain=input comment=a }", "a")]
    [InlineData(":if ([find] = \"\") do={ add chain=input comment=a }", "a")]
    [InlineData(":if (!($keep = \"yes\")) do={ add chain=input comment=a }", "a")]
    // Loops
    [InlineData(":for i from=1 to=3 do={ add chain=input comment=$i }", "1 2 3")]
    [InlineData(":for i from=3 to=1 do={ add chain=input comment=\"r$i\" }", "r3 r2 r1")]
    [InlineData(":for i from=1 to=9 step=4 do={ add chain=input comment=$i }", "1 5 9")]
    [InlineData(":for i from= 1 to= 2 do={ add chain=input comment=$i }", "1 2")]
    [InlineData(":foreach x in={a;b;c} do={ add chain=input comment=$x }", "a b c")]
    [InlineData(":foreach x in=a,b do={ add chain=input comment=$x }", "a b")]
    [InlineData(":foreach k,v in={2; \"aX\"=1; y=2; 5} do={ add chain=input comment=\"$k=$v\" }", "0=2 1=5 aX=1 y=2")]
    [InlineData(":foreach x in=[:toarray \"\"] do={ add chain=input comment=$x }", "")]
    [InlineData(":local n 0; :while ($n < 3) do={ :set n ($n +1); add chain=input comment=$n }", "1 2 3")]
    [InlineData(":local n 0; :do { :set n ($n + 1); add chain=input comment=$n } while=($n < 2)", "1 2")]
    [InlineData(":for i from=1 to=9 do={ :if ($i = 3) do={ :break }; add chain=input comment=$i }", "1 2")]
    [InlineData(":for i from=1 to=3 do={ :if ($i = 2) do={ :continue }; add chain=input comment=$i }", "1 3")]
    [InlineData(":for i from=1 to=2 do={ :for j from=1 to=2 do={ add chain=input comment=\"$i$j\" } }", "11 12 21 22")]
    [InlineData(":foreach net in=(10.0.0.0/8, 192.168.0.0/16) do={ add chain=input src-address=$net comment=\"$net\" }", "10.0.0.0/8 192.168.0.0/16")]
    // Functions
    [InlineData(":local f do={ :return ($a + $b) }; add chain=input comment=[$f a=6 b=2]", "8")]
    [InlineData(":local f do={ :return \"$1-$2\" }; add chain=input comment=[$f x y]", "x-y")]
    [InlineData(":global f do={ /ip firewall filter add chain=input comment=$1 }; $f a; $f b", "a b")]
    [InlineData(":global a do={ :return 5 }; :global b do={ :global a; :return ([$a] + 4) }; add chain=input comment=[$b]", "9")]
    [InlineData(":global f do={ :global f; :if ($1 < 2) do={ :return 1 }; :return ($1 * [$f ($1 - 1)]) }; add chain=input comment=[$f 5]", "120")]
    [InlineData(":local x 1; :local f do={ :return \"<$x>\" }; add chain=input comment=[$f]", "<>")]
    [InlineData(":global my2 123; :global f do={ :global my2; :set my2 \"lala\" }; $f my2=1234; add chain=input comment=$my2", "123")]
    // Errors
    [InlineData(":do { add chain=input comment=a; :error x; add chain=input comment=b } on-error={ add chain=input comment=c }", "a c")]
    [InlineData(":do { remove 7 } on-error={ add chain=input comment=c }", "c")]
    [InlineData(":do { remove [find comment=none] } on-error={ add chain=input comment=c }", "")]
    [InlineData(":onerror e in={ :error \"why\" } do={ add chain=input comment=$e }", "why")]
    [InlineData(":onerror e in={ :local x (1/0) } do={ add chain=input comment=$e }", "division by zero")]
    [InlineData(":if ([:onerror e in={ :error x } do={}]) do={ add chain=input comment=a }", "a")]
    [InlineData(":do { :do { :error x } on-error={ :error y } } on-error={ add chain=input comment=a }", "a")]
    [InlineData(":retry command={ :error x } delay=1 max=3 on-error={ add chain=input comment=a }", "a")]
    [InlineData(":do { :local c [get 5 chain] } on-error={ add chain=input comment=a }", "a")]
    // The end
    [InlineData("add chain=input comment=a; /quit; add chain=input comment=b", "a")]
    [InlineData("add chain=input comment=a; :return; add chain=input comment=b", "a")]
    [InlineData(":if (true) do={ :if (true) do={ :quit } }; add chain=input comment=b", "")]
    // Questions
    [InlineData("add chain=input comment=a; add chain=forward comment=b; :foreach i in=[find chain=input] do={ remove $i }", "b")]
    [InlineData("add chain=input comment=\"defconf: x\"; add chain=input comment=y\n/\n:foreach i in=[/ip firewall filter find where comment~\"defconf\"] do={ /ip firewall filter remove $i }", "y")]
    [InlineData("add chain=input comment=a; add chain=input comment=b; disable [find]", "a- b-")]
    [InlineData("add chain=input comment=a; :local all [find]; disable $all", "a-")]
    [InlineData("add chain=input comment=a; :local none [find comment=x]; remove $none", "a")]
    [InlineData("add chain=input comment=a; :local w a; remove [find comment=$w]", "")]
    [InlineData("add chain=input comment=\"a b\"; :local w b; remove [find comment=\"a $w\"]", "")]
    [InlineData("add chain=input comment=ab; :local w b; remove [find comment=(\"a\" . $w)]", "")]
    [InlineData("add chain=input comment=ab; :local w b; remove [find where comment~\"^a$[:pick \"xb\" 1]\\$\" && !disabled]", "")]
    [InlineData("add chain=input comment=a; remove [find (comment~\"b\")=false]", "")]
    [InlineData("add chain=input comment=a; add chain=input comment=[get 0 chain]", "a input")]
    [InlineData("add chain=input comment=a protocol=tcp dst-port=22; add chain=input comment=[get [find comment=a] dst-port]", "a 22")]
    [InlineData("add chain=input comment=a; :if ([get 0 disabled] = no) do={ disable 0 }", "a-")]
    [InlineData("add chain=input comment=a; :if ([get value-name=disabled number=0]) do={ remove 0 }", "a")]
    [InlineData("add chain=input; add chain=forward; add chain=input comment=[print count-only where chain=input]", "  1")]
    [InlineData("add chain=input comment=a; :local id [add chain=input comment=b]; set $id comment=c", "a c")]
    [InlineData("add chain=input comment=a; :local first [find comment=a]; add chain=input comment=b place-before=$first", "b a")]
    [InlineData("add chain=input comment=a; :foreach r in=[print as-value] do={ set ($r->\".id\") comment=($r->\"chain\") }", "input")]
    [InlineData("add chain=input comment=[/interface ethernet get ether3 default-name]", "ether3")]
    [InlineData("add chain=input comment=[/ip firewall connection tracking get udp-timeout]", "30s")]
    // What this product has no use for has nothing in it
    [InlineData(":local o [/ip dhcp-client find comment=x]; :if ([:len $o] != 0) do={ /ip dhcp-client remove $o }; add chain=input comment=a", "a")]
    [InlineData(":if ([/ip dhcp-client print count-only] = 0) do={ add chain=input comment=a }", "a")]
    public void Makes_rules(string script, string expected) => Assert.Equal(expected, Ran.Rules(Filter + script));

    /// <summary>What a negation or a property gets when it is computed.</summary>
    [Theory]
    [InlineData(":local p 22,80; add chain=input protocol=tcp dst-port=$p", "action=accept chain=input dst-port=22,80 protocol=tcp")]
    [InlineData(":local p {22;80}; add chain=input protocol=tcp dst-port=$p", "action=accept chain=input dst-port=22,80 protocol=tcp")]
    [InlineData(":local n 10.0.0.0/8; add chain=input src-address=!$n", "action=accept chain=input src-address=!10.0.0.0/8")]
    [InlineData("add chain=input src-address=!(10.0.0.0 . \"/8\")", "action=accept chain=input src-address=!10.0.0.0/8")]
    [InlineData("add chain=input src-address=(10.0.0.1 + 5)", "action=accept chain=input src-address=10.0.0.6")]
    [InlineData("add chain=input disabled=(1=1)", "action=accept chain=input disabled=yes")]
    public void Gives_properties_their_text(string script, string expected) =>
        Assert.Equal(expected, Rules.Text(Assert.Single(Rules.OfFilter(Ran.Load(Filter + script)))));

    /// <summary>Scripts that are wrong, and every finding.</summary>
    [Theory]
    [InlineData(":local x (1 + )", "1:15: error: unexpected \")\" in an expression (expected a value, a variable or a bracket)")]
    [InlineData(":local x (1 + 2", "1:10: error: \"(\" is never closed (expected a matching \")\")")]
    [InlineData(":local x (1 2)", "1:13: error: unexpected \"2\" in an expression (expected an operator or \")\")")]
    [InlineData(":local x {1;2", "1:10: error: \"{\" is never closed (expected a matching \"}\")")]
    [InlineData(":if (1=2) do={ nonsense; /ip adress add a=b }", "1:16: error: unknown word \"nonsense\" (expected a menu or a command)|1:30: error: unknown word \"adress\" in /ip (expected a menu or command of /ip; did you mean \"address\"?)")]
    [InlineData(":local x [:lne \"a\"]", "1:11: error: unknown command \":lne\" (expected a command of the script language; did you mean \":len\"?)")]
    [InlineData(":local x [find]", "1:10: error: :find without a value (expected :find and a value)")]
    [InlineData(":local x (1/0)", "1:11: error: division by zero (expected a divisor other than 0)")]
    [InlineData(":local x (\"a\" + 1)", "1:11: error: str \"a\" cannot be added to num \"1\" (expected numbers, times or addresses)")]
    [InlineData(":local x (9223372036854775807 + 1)", "1:11: error: the result is too large (expected a number of 64 bits, or a time that fits)")]
    [InlineData(":local x (255.255.255.255 + 1)", "1:11: error: there is no address 1 away from 255.255.255.255 (expected an address of the family)")]
    [InlineData(":local x (\"a\" ~ \"(\")", "1:11: error: \"(\" is no regular expression (expected such as \"^10\\\\.\")")]
    [InlineData(":if (5) do={}", "1:5: error: num \"5\" is neither true nor false (expected a condition such as ($x = 1))")]
    [InlineData(":set x 1", "1:6: error: \"x\" has not been declared (expected :local or :global and the name before it is set)")]
    [InlineData(":local count 1; :set cuont 2", "1:22: error: \"cuont\" has not been declared (expected :local or :global and the name before it is set; did you mean \"count\"?)")]
    [InlineData("{ :local x 1 }\n:set x 2", "2:6: error: \"x\" has not been declared (expected :local or :global and the name before it is set)")]
    [InlineData("/interface ethernet set ether1 comment=\"$x\"", "1:41: warning: $x is not defined here and is taken as nothing")]
    [InlineData("/interface ethernet set ether1 comment=$x", "1:40: warning: $x is not defined here and is taken as nothing|1:40: error: comment: nothing is no value here (expected something that has a value)")]
    [InlineData(":for i form=1 to=2 do={}", "1:8: error: :for does not take this (expected from= or to= or step= or do= or counter=; did you mean \"from\"?)")]
    [InlineData(":for i from=1 to=2", "1:1: error: :for without do= (expected do=)")]
    [InlineData(":for i from=1 to=2 step=0 do={}", "1:25: error: a step of 0 never ends (expected a number other than 0)")]
    [InlineData(":foreach a,b,c in=1 do={}", "1:10: error: :foreach has one name or two (expected value, or key,value)")]
    [InlineData("$f a", "1:1: error: $f is not defined here (expected :local or :global, a name and do={ … } before it is called)")]
    [InlineData(":local f 5; $f", "1:13: error: $f is num \"5\" and no function (expected :local or :global, a name and do={ … } before it is called)")]
    [InlineData(":error \"no $action\"", "1:1: error: error: no apply")]
    [InlineData(":resolve www.example.com", "1:1: error: :resolve is refused: a configuration does not depend on what a network answers")]
    [InlineData(":local f [:parse \":put 1\"]", "1:11: error: :parse is refused: text is not run as commands")]
    [InlineData(":execute \":put 1\"", "1:1: error: :execute is refused: text is not run as commands")]
    [InlineData("/import file-name=x.rsc", "1:1: error: /import is not supported yet in this version")]
    [InlineData(":local x [/tool fetch url=\"http://x\" as-value]", "1:10: error: /tool fetch gives no value here (expected find, get or print count-only of a menu that acts)")]
    [InlineData(":local x [/interface bonding find]", "1:10: error: /interface bonding cannot be asked by scripts yet in this version")]
    [InlineData(":local x [/ip firewall filter get 0 chain]", "1:35: error: /ip firewall filter has no entry \"0\" (expected an id such as *1a, or a number)")]
    [InlineData(":local x [/interface ethernet get ether1 nmae]", "1:42: error: unknown property \"nmae\" (expected a property of this menu; did you mean \"name\"?)")]
    [InlineData(":local x [/ip firewall filter find colour=red]", "1:36: error: unknown property \"colour\" (expected a property of this menu)")]
    [InlineData(":local x [/system identity get name]", "1:10: warning: /system identity is not applicable here, so what it has is taken as nothing")]
    // In the body of a loop or a function, once
    [InlineData(":for i from=1 to=9 do={\n  :local x (1/0)\n}", "2:13: error: division by zero (expected a divisor other than 0)")]
    [InlineData(":local f do={\n  :return (1/0)\n}\n:local x [$f]\n:local y [$f]", "2:12: error: division by zero (expected a divisor other than 0)|2:12: error: division by zero (expected a divisor other than 0)")]
    [InlineData(":foreach i in={1;2;3} do={\n  /ip firewall filter remove $i\n}", "2:30: error: no rule \"1\" (expected a rule, but this table has none)")]
    // What failed is not reported again where it is used
    [InlineData(":local x (1/0)\n:local y ($x + 1)\n/interface ethernet set ether1 comment=$y", "1:11: error: division by zero (expected a divisor other than 0)")]
    [InlineData(":local x (1+)\n:local y ($x + 1)", "1:13: error: unexpected \")\" in an expression (expected a value, a variable or a bracket)")]
    // A rule that is wrong is wrong, attempt or not
    [InlineData(":do { /ip firewall filter add chain=input actoin=drop } on-error={}", "1:43: error: unknown property \"actoin\" (expected a property of this menu; did you mean \"action\"?)")]
    [InlineData(":do { /interface bonding add name=b } on-error={}", "1:7: error: the menu /interface bonding is not supported yet in this version; it cannot be left out, so the script is refused")]
    [InlineData("/user blah admin\n:if (true) do={ add chain=input }", "2:17: error: it is not certain which menu this belongs to: line 1 enters one that is not known here (expected a full path)")]
    public void Says_what_is_wrong_and_where(string script, string expected) =>
        Assert.Equal(expected.Split('|'), Ran.Findings(script));

    [Fact]
    public void Finds_everything_wrong_in_one_pass() => Assert.Equal(
        [2, 3, 5, 6],
        ScriptLoader.Load(
            "t.rsc",
            ":if (true) do={\n /ip firewall filter add chain=inptu\n :local x (1/0)\n :local ok 1\n /ip firewall filter add\n}\n/ip adress",
            RouterConfiguration.Default).Diagnostics.Select(static finding => finding.Line).Select(static line => line == 7 ? 6 : line));

    [Fact]
    public void Notes_what_only_shows_or_waits_once_for_each_place()
    {
        LoadResult result = ScriptLoader.Load(
            "t.rsc", ":for i from=1 to=3 do={ :put $i; :delay 1s; :log info \"x$i\" }", RouterConfiguration.Default);

        Assert.Equal(
            [":put changes nothing and is skipped", ":delay changes nothing and is skipped", ":log changes nothing and is skipped"],
            result.Diagnostics.Select(static finding => finding.Message));
    }

    [Fact]
    public void Runs_on_top_of_what_was_there()
    {
        RouterConfiguration before = Ran.Load(Filter + "add chain=input comment=a\nadd chain=input comment=b");

        RouterConfiguration after = Rules.Load(Filter + ":foreach i in=[find] do={ set $i comment=(\"x\" . [get $i comment]) }", before);

        Assert.Equal("xa xb", Rules.Order(after));
        Assert.Equal("a b", Rules.Order(before));
    }

    /// <summary>Factory scripts end with what undoes them; loading one makes the configuration.</summary>
    [Fact]
    public void Applies_what_is_written_like_a_factory_script()
    {
        RouterConfiguration configuration = Ran.Load("""
            #| Welcome
            :global defconfMode;
            :log info "Starting";
            :if ($action = "apply") do={
              :local count 0;
              :while ([/interface ethernet find] = "") do={
                :if ($count = 30) do={
                  :log warning "DefConf: Unable to find ethernet interfaces";
                  /quit;
                }
                :delay 1s; :set count ($count +1);
              };
              :foreach k in=[/interface ethernet find where !(slave=yes   || default-name!="ether1" || name~"bridge")] do={
                :local tmpPortName [/interface ethernet get $k name];
                :if (([/interface ethernet get $k type] != "ppp-out") && ([/interface ethernet get $k type] != "lte")) do={
                  /interface ethernet
                    set $tmpPortName comment="defconf $tmpPortName";
                }
              }
              /ip dns {
                  set allow-remote-requests=yes
                  static add name=router.lan address=192.168.88.1 comment=defconf
              }
              /ip firewall {
                filter add chain=input action=accept connection-state=established,related,untracked comment="defconf: accept"
                filter add chain=input action=drop connection-state=invalid comment="defconf: drop invalid"
              }
              :if (!($keepUsers = "yes")) do={
                :if (!($defconfPassword = "" || $defconfPassword = nil)) do={
                  /user set admin password=$defconfPassword
                  :delay 0.5
                  /user expire-password admin
                }
              }
            }
            :if ($action = "revert") do={
              /ip firewall filter remove [find comment~"defconf"]
              :foreach iface in=[/interface ethernet find] do={
                /interface ethernet set $iface name=[get $iface default-name]
              }
            }
            :log info Defconf_script_finished;
            :set defconfMode;
            """);

        Assert.Equal(2, Rules.OfFilter(configuration).Count);
        Assert.Equal(RuleAction.Drop, Rules.OfFilter(configuration)[1].Action);
        Assert.Equal("defconf ether1", configuration.Ethernets[1].Comment);
        Assert.Single(configuration.Ethernets.Changed);
    }
}
