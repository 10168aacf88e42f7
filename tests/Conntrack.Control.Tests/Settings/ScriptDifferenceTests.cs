using System.Diagnostics;
using Conntrack.Control.Settings;

namespace Conntrack.Control.Tests.Settings;

public sealed class ScriptDifferenceTests
{
    [Fact]
    public void Nothing_is_no_difference()
    {
        var difference = new ScriptDifference("a", "/x\nset a=1\n", "b", "/x\nset a=1\n");
        Assert.Equal("", difference.Unified);
        Assert.Empty(difference.Entries);
        Assert.Equal("", new ScriptDifference("a", "", "b", "").Unified);
    }

    [Fact]
    public void Commands_are_told_by_menu()
    {
        var difference = new ScriptDifference(
            "revision 1", "/ip firewall connection tracking\nset udp-timeout=45s\n/ip firewall filter\nadd chain=forward\nadd chain=input\nadd chain=output\n",
            "revision 2", "/ip firewall connection tracking\nset udp-timeout=50s\n/ip firewall filter\nadd chain=input\nadd chain=output\n/ipv6 firewall raw\nadd chain=prerouting\n");
        Assert.Equal(
            [
                new("/ip firewall connection tracking", "set udp-timeout=45s", "set udp-timeout=50s"),
                new("/ip firewall filter", "add chain=forward", ""),
                new("/ipv6 firewall raw", "", "add chain=prerouting"),
            ],
            difference.Entries);
        Assert.Equal(
            """
            --- revision 1
            +++ revision 2
            @@ -1,6 +1,7 @@
             /ip firewall connection tracking
            -set udp-timeout=45s
            +set udp-timeout=50s
             /ip firewall filter
            -add chain=forward
             add chain=input
             add chain=output
            +/ipv6 firewall raw
            +add chain=prerouting

            """,
            difference.Unified);
    }

    [Theory]
    [InlineData("", "/x\nset a=1\n", "@@ -0,0 +1,2 @@\n+/x\n+set a=1\n")]
    [InlineData("/x\nset a=1\n", "", "@@ -1,2 +0,0 @@\n-/x\n-set a=1\n")]
    [InlineData("/x\n", "/y\n", "@@ -1 +1 @@\n-/x\n+/y\n")]
    public void Ranges_are_numbered_as_diff_does(string before, string after, string hunks) =>
        Assert.Equal("--- a\n+++ b\n" + hunks, new ScriptDifference("a", before, "b", after).Unified);

    /// <summary>What patch makes of it is the other text, whatever the two are.</summary>
    [Fact]
    public void A_patch_with_it_gives_the_other_text()
    {
        var random = new Random(1);
        for (int n = 0; n < 500; n++)
        {
            string[] before = Text(random), after = random.Next(4) == 0 ? Text(random) : Edited(before, random);
            List<LineChange> changes = LineAlignment.Changes(before, after);
            List<string> patched = [];
            int line = 0;
            foreach (LineChange change in changes)
            {
                Assert.True(change.Before >= line && (change.Before > line || line == 0 || change.After > 0));
                patched.AddRange(before[line..change.Before]);
                patched.AddRange(after[change.After..change.AfterEnd]);
                line = change.BeforeEnd;
            }

            patched.AddRange(before[line..]);
            Assert.Equal(after, patched);
        }
    }

    [Fact]
    public void Patch_takes_it()
    {
        Assert.SkipUnless(File.Exists("/usr/bin/patch"), "patch is not installed.");
        string folder = Directory.CreateTempSubdirectory("ctrack-").FullName;
        try
        {
            var random = new Random(2);
            for (int n = 0; n < 20; n++)
            {
                string before = string.Join("", Text(random).Select(line => line + "\n")), after = string.Join("", Edited(Text(random), random).Select(line => line + "\n"));
                string file = Path.Combine(folder, "script");
                File.WriteAllText(file, before);
                File.WriteAllText(file + ".diff", new ScriptDifference("a", before, "b", after).Unified);
                using Process patch = Process.Start("patch", ["--quiet", "--fuzz=0", "--input", file + ".diff", file]);
                patch.WaitForExit();
                Assert.True(patch.ExitCode == 0 || before == after);
                Assert.Equal(after, File.ReadAllText(file));
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public void Ten_thousand_rules_take_no_time()
    {
        string[] before = [.. Enumerable.Range(0, 10_000).Select(n => $"add dst-port={n}")];
        string[] after = [.. before.Where((_, n) => n % 3 != 0).Reverse()];
        var clock = Stopwatch.StartNew();
        LineAlignment.Changes(before, after);
        Assert.InRange(clock.ElapsedMilliseconds, 0, 5000);
    }

    static string[] Text(Random random) => [.. Enumerable.Range(0, random.Next(30)).Select(_ => $"line {random.Next(12)}")];

    static string[] Edited(string[] text, Random random) =>
        [.. text.Where(_ => random.Next(8) != 0).SelectMany<string, string>(line => random.Next(8) == 0 ? [line, $"line {random.Next(12)}"] : [line])];
}
