using System.Text.Json;
using Conntrack.Testing;
using static Conntrack.Scenarios.Tests.Packets;

namespace Conntrack.Scenarios.Tests;

/// <summary>Which interfaces there are, what they are called, and what one, two or three of them do.</summary>
public sealed class InterfaceTests : IDisposable
{
    readonly Scratch _scratch = new();

    [Fact]
    public void A_bare_file_is_ether1_and_only_observed()
    {
        string capture = _scratch.Capture("in.pcap", (0, Udp()), (1, Udp(back: true)));
        foreach (string input in new[] { capture, $"ether1={capture}" })
        {
            Results results = _scratch.Replay("--in", input);
            Assert.Equal(["ether1", "ether1"], results.Trace.Words("in-interface"));
            Assert.Equal(["forward", "forward"], results.Trace.Words("verdict"));
            Assert.Equal([null, null], results.Trace.Words("out-interface"));
            Assert.True(Assert.Single(results.Connections).Flag("confirmed"));
        }
    }

    [Fact]
    public void An_output_makes_the_second_end_of_a_wire()
    {
        string capture = _scratch.Capture("in.pcap", (0, Udp()));
        Assert.Equal(
            ["ether9"], _scratch.Trace("--in", $"ether3={capture}", "--out", $"ether9={_scratch.PathOf("out.pcap")}").Words("out-interface"));
    }

    [Fact]
    public void Interfaces_take_their_current_names()
    {
        string script = _scratch.Write(
            "names.rsc", "/interface ethernet\nset [ find default-name=ether1 ] name=wan\nset [ find default-name=ether2 ] name=\"my lan\"\n");
        string one = _scratch.Capture("one.pcap", (0, Udp())), two = _scratch.Capture("two.pcap", (1, Udp(back: true)));
        string output = _scratch.PathOf("out.pcap");
        Results results = _scratch.Replay("--config", script, "--in", $"wan={one}", "--in", $"my lan={two}", "--out", $"my lan={output}");
        Assert.Equal(["wan", "my lan"], results.Trace.Words("in-interface"));
        Assert.Equal(["my lan", "wan"], results.Trace.Words("out-interface"));
        Assert.Equal(["wan", "my lan"], results.Stats.GetProperty("interfaces").Keys());
        Assert.Single(CaptureFile.Read(output));
        Assert.Contains("ether1", Ctrack.Replay("--config", script, "--in", $"ether1={one}").Refused(), StringComparison.Ordinal);
    }

    [Fact]
    public void Two_interfaces_may_exchange_names()
    {
        string script = _scratch.Write(
            "names.rsc", "/interface ethernet\nset [ find default-name=ether1 ] name=ether2\nset [ find default-name=ether2 ] name=ether1\n");
        string one = _scratch.Capture("one.pcap", (0, Udp()));
        Assert.Equal(
            ["ether1"],
            _scratch.Trace("--config", script, "--in", $"ether2={one}", "--out", $"ether1={_scratch.PathOf("out.pcap")}").Words("out-interface"));
    }

    /// <summary>A router without an address has no route: nothing of IP passes, nothing enters the table, everything else is consumed.</summary>
    [Fact]
    public void Three_interfaces_are_a_router()
    {
        string one = _scratch.Capture("one.pcap", (0, Udp()), (1, Arp()));
        (IReadOnlyList<JsonElement> connections, IReadOnlyList<JsonElement> trace, JsonElement stats) = _scratch.Replay(
            "--in", $"ether1={one}", "--out", $"ether2={_scratch.PathOf("2.pcap")}", "--out", $"ether3={_scratch.PathOf("3.pcap")}");
        Assert.Equal([("drop", "no-route"), ("consume", "")], trace.Select(line => (line.Word("verdict"), line.WordOrNull("reason") ?? "")));
        Assert.Empty(connections);
        StatsTests.AssertBalanced(stats);
    }

    [Fact]
    public void A_disabled_interface_takes_nothing()
    {
        string script = _scratch.Write("off.rsc", "/interface ethernet set [ find default-name=ether2 ] disabled=yes\n");
        string one = _scratch.Capture("one.pcap", (0, Udp()));
        string output = _scratch.PathOf("out.pcap");
        JsonElement line = Assert.Single(_scratch.Trace("--config", script, "--in", $"ether1={one}", "--out", $"ether2={output}"));
        Assert.Equal(("drop", "interface-disabled"), (line.Word("verdict"), line.Word("reason")));
        Assert.Empty(CaptureFile.Read(output));
    }

    public void Dispose() => _scratch.Dispose();
}
