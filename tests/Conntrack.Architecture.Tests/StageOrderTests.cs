using System.Text.RegularExpressions;

namespace Conntrack.Architecture.Tests;

/// <summary>A packet's way is read in one method: Worker.RunBurst names every stage, in the order packets take.</summary>
public class StageOrderTests
{
    const string Worker = "src/Conntrack.Dataplane/Worker.cs";
    const string Stages = "src/Conntrack.Dataplane/Stages";

    static readonly string[] s_order =
    [
        "Receive", "Parse", "FastTrack", "Steer", "Raw", "Reassemble", "Track", "Mangle",
        "DstNat", "Route", "Filter", "SrcNat", "Confirm", "Rewrite", "Neighbour", "Deliver", "Transmit", "Originate",
    ];

    // Track.cs, and Track.Fragments.cs if a stage ever needs a second file.
    static IEnumerable<string> StageFiles => Repository.Under(Stages, ".cs");

    static string StageOf(string file) => Path.GetFileName(file).Split('.')[0];

    [Fact]
    public void A_stage_file_is_named_for_a_stage_and_holds_it() =>
        Assert.All(StageFiles, file =>
        {
            Assert.Contains(StageOf(file), s_order);
            Assert.Matches($@"\b(class|struct)\s+{StageOf(file)}\b", CSharpText.CodeOf(file));
        });

    [Fact]
    public void RunBurst_names_every_stage_in_order()
    {
        string[] present = [.. s_order.Where(stage => StageFiles.Any(file => StageOf(file) == stage))];
        Assert.SkipUnless(present.Length > 0 || Repository.Has(Worker), "The packet path is not there yet.");

        string? body = CSharpText.BodyOf(CSharpText.CodeOf(Worker), "RunBurst");
        Assert.True(body != null, $"{Worker} has no method RunBurst.");
        Assert.NotEmpty(present);
        Assert.Equal(present, StagesNamedIn(body));
    }

    [Theory]
    [InlineData("_receive.Run(b); if (x) { Parse.Headers(b); } Track(b); _transmit.Run(b);", "Receive Parse Track Transmit")]
    [InlineData("Parse.Run(b); Receive.Run(b);", "Parse Receive")]
    [InlineData("var track = 1; Receive.Run(track); Parsed.Count();", "Receive")]
    public void A_stage_is_named_where_it_is_called(string body, string expected) =>
        Assert.Equal(expected.Split(' '), StagesNamedIn(body));

    /// <summary>By first mention as something called or called upon: <c>Parse.Run(…)</c>, <c>_parse.Run(…)</c>, <c>Parse(…)</c>.</summary>
    static IEnumerable<string> StagesNamedIn(string body) =>
        Regex.Matches(body, @"\b_?(\w+)\s*[.(<]")
            .Select(m => m.Groups[1].Value)
            .Select(word => s_order.FirstOrDefault(stage => stage.Equals(word, StringComparison.OrdinalIgnoreCase)))
            .OfType<string>()
            .Distinct();
}
