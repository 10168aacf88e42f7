using System.Text.Json;
using Conntrack.Testing;
using static Conntrack.Scenarios.Tests.Packets;

namespace Conntrack.Scenarios.Tests;

/// <summary>In which order frames of several captures are processed, and when.</summary>
public sealed class OrderTests : IDisposable
{
    readonly Scratch _scratch = new();

    [Fact]
    public void Captures_are_merged_by_time()
    {
        string one = _scratch.Capture("one.pcap", (0, Udp(port: 1)), (20, Udp(port: 2)), (40, Udp(port: 3)));
        string two = _scratch.Capture("two.pcap", (10, Udp(true, 1)), (30, Udp(true, 2)), (50, Udp(true, 3)));
        Assert.Equal(
            ["ether1 1 0", "ether2 1 0.00001", "ether1 2 0.00002", "ether2 2 0.00003", "ether1 3 0.00004", "ether2 3 0.00005"],
            Order("--in", $"ether1={one}", "--in", $"ether2={two}"));
    }

    /// <summary>The order of --in decides, not the interfaces' numbers.</summary>
    [Fact]
    public void Ties_go_by_the_order_of_the_inputs_then_by_the_file()
    {
        string one = _scratch.Capture("one.pcap", (0, Udp(port: 1)), (0, Udp(port: 2)), (7, Udp(port: 3)));
        string two = _scratch.Capture("two.pcap", (0, Udp(true, 1)), (7, Udp(true, 2)), (7, Udp(true, 3)));
        Assert.Equal(
            ["ether1 1 0", "ether1 2 0", "ether2 1 0", "ether1 3 0.000007", "ether2 2 0.000007", "ether2 3 0.000007"],
            Order("--in", $"ether1={one}", "--in", $"ether2={two}"));
        Assert.Equal(
            ["ether2 1 0", "ether1 1 0", "ether1 2 0", "ether2 2 0.000007", "ether2 3 0.000007", "ether1 3 0.000007"],
            Order("--in", $"ether2={two}", "--in", $"ether1={one}"));
    }

    [Fact]
    public void Virtual_zero_is_the_first_frame_of_all_captures()
    {
        string one = _scratch.Capture("one.pcap", (5_000_000, Arp()));
        string two = _scratch.Capture("two.pcap", (2_000_000, Arp()));
        Assert.Equal(["ether2 1 0", "ether1 1 3"], Order("--in", $"ether1={one}", "--in", $"ether2={two}"));
    }

    /// <summary>Captures of several CPUs are not quite in order: an older time counts as now, and the clock never goes back.</summary>
    [Fact]
    public void An_older_time_counts_as_now()
    {
        string capture = _scratch.Capture("in.pcap", (0, Udp()), (1_000_000, Udp(true)), (400_000, Udp()), (1_000_001, Arp()));
        IReadOnlyList<JsonElement> trace = _scratch.Trace("--in", capture);
        Assert.Equal([0, 1.0, 1.0, 1.000001], trace.Select(line => line.GetProperty("time").GetDouble()));
        Assert.Equal(["2m59s"], _scratch.Connections("--in", capture, "--until", "0.000001").Words("timeout"));
        string backwards = _scratch.Capture("backwards.pcap", (1_000_000, Udp()), (2_000_000, Udp(true)), (0, Udp()));
        Assert.Equal(["3m"], _scratch.Connections("--in", backwards).Words("timeout"));
    }

    [Fact]
    public void What_leaves_carries_the_time_it_left_at()
    {
        long[] times = [Scratch.Epoch, Scratch.Epoch + 1_234_567_891, Scratch.Epoch + 5];
        string one = _scratch.Write("one.pcap", CaptureFormat.Pcap(times.Select(time => new CapturedFrame(time, Udp().ToBytes()))));
        string output = _scratch.PathOf("out.pcap");
        Ctrack.Replay("--in", $"ether1={one}", "--out", $"ether2={output}").Succeeded();
        Assert.Equal(
            [Scratch.Epoch, Scratch.Epoch + 1_234_567_891, Scratch.Epoch + 1_234_567_891],
            CaptureFile.Read(output).Select(frame => frame.Nanoseconds));
    }

    public void Dispose() => _scratch.Dispose();

    IEnumerable<string> Order(params string[] arguments) => _scratch.Trace(arguments).Select(line =>
        FormattableString.Invariant($"{line.Word("in-interface")} {line.Number("number")} {line.GetProperty("time").GetDecimal():0.######}"));
}
