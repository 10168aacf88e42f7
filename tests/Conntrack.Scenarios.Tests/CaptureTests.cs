using System.Text.Json;
using Conntrack.Testing;
using static Conntrack.Scenarios.Tests.Packets;

namespace Conntrack.Scenarios.Tests;

/// <summary>Formats of captures that go in, and captures that come out.</summary>
public sealed class CaptureTests : IDisposable
{
    static readonly CapturedFrame[] s_frames =
    [
        Scratch.Captured(0, Udp()), Scratch.Captured(123_456, Udp(true)),
        Scratch.Captured(2_000_001, Tcp(false, Syn)), Scratch.Captured(2_000_001, Ping6()),
    ];

    readonly Scratch _scratch = new();

    public static TheoryData<string> Formats =>
    [
        "pcap ns", "pcap us", "pcap ns swapped", "pcap us swapped", "pcapng us", "pcapng ns", "pcapng us swapped", "pcapng ns swapped",
    ];

    [Theory, MemberData(nameof(Formats))]
    public void Every_format_reads_alike(string format)
    {
        bool nanoseconds = format.Contains("ns", StringComparison.Ordinal), swapped = format.EndsWith("swapped", StringComparison.Ordinal);
        string capture = _scratch.Write("in", format.StartsWith("pcapng", StringComparison.Ordinal)
            ? CaptureFormat.Pcapng(s_frames, nanoseconds ? 9 : 6, swapped)
            : CaptureFormat.Pcap(s_frames, nanoseconds, swapped));
        string output = _scratch.PathOf("out.pcap");
        IReadOnlyList<JsonElement> trace = _scratch.Trace("--in", $"ether1={capture}", "--out", $"ether2={output}");
        Assert.Equal([0, 0.123456, 2.000001, 2.000001], trace.Select(line => line.GetProperty("time").GetDouble()));
        Assert.Equal(["new", "established", "new", "new"], trace.Words("connection-state"));

        int unit = nanoseconds ? 1 : 1000;
        Assert.Equal(s_frames.Select(frame => frame with { Nanoseconds = frame.Nanoseconds / unit * unit }), CaptureFile.Read(output));
    }

    /// <summary>Times beyond 2038 and before the second day of 1970 are times like any other.</summary>
    [Theory]
    [InlineData(0L)]
    [InlineData(1_000_000_000L)]
    [InlineData(2_147_483_647_999_999_999L)]
    [InlineData(2_147_483_648_000_000_001L)]
    [InlineData(4_294_967_290_000_000_001L)]
    public void Any_time_of_the_format_is_kept(long nanoseconds)
    {
        CapturedFrame[] frames = [new(nanoseconds, Udp().ToBytes()), new(nanoseconds + 1_000_000_001, Udp(true).ToBytes())];
        string capture = _scratch.Write("in.pcap", CaptureFormat.Pcap(frames));
        string output = _scratch.PathOf("out.pcap");
        Ctrack.Replay("--in", $"ether1={capture}", "--out", $"ether2={output}").Succeeded();
        Assert.Equal(frames, CaptureFile.Read(output));
    }

    [Fact]
    public void Outputs_exist_even_when_nothing_leaves()
    {
        string one = _scratch.Capture("one.pcap"), out1 = _scratch.PathOf("out1.pcap"), out2 = _scratch.PathOf("out2.pcap");
        Ctrack.Replay("--in", $"ether1={one}", "--out", $"ether1={out1}", "--out", $"ether2={out2}").Succeeded();
        foreach (string output in new[] { out1, out2 })
        {
            Assert.Empty(CaptureFile.Read(output));
        }
    }

    /// <summary>A wire touches nothing: odd lengths, padding, tags, jumbo and the smallest frames leave as they came.</summary>
    [Fact]
    public void A_wire_passes_every_frame_unchanged()
    {
        Frame[] frames =
        [
            Udp().Padding(18),
            new Frame().Vlan(5).Ipv6(Client6, Server6).Udp(1, 2).Data(33),
            Arp(),
            new Frame().Type(0x0042).Data(38),
            Udp(data: 8_900),
            Udp(data: 65_000),
            new Frame().Ipv4(Client, Server, timeToLive: 1).Udp(1, 2),
            new Frame().Ipv4(Client, Server).Udp(1, 2, checksum: 0x1111),
            new Frame([0x33, 0x33, 0, 0, 0, 1], [2, 0, 0, 0, 0, 9]).Ipv6(Client6, "ff02::1").Udp(1, 2),
        ];
        string one = _scratch.Capture("one.pcap", frames.Select(frame => (0L, frame)));
        string output = _scratch.PathOf("out.pcap"), back = _scratch.PathOf("back.pcap");
        Ctrack.Replay("--in", $"ether1={one}", "--out", $"ether2={output}", "--out", $"ether1={back}", "--burst", "4").Succeeded();
        Assert.Equal(frames.Select(frame => Scratch.Captured(0, frame)), CaptureFile.Read(output));
        Assert.Empty(CaptureFile.Read(back));
    }

    [Fact]
    public void Checksums_may_be_ignored()
    {
        string capture = _scratch.Capture(
            "in.pcap",
            (0, new Frame().Ipv4(Client, Server).Udp(1, 2, checksum: 0x1111).Data(3)),
            (1, new Frame().Ipv4(Client, Server).Tcp(1, 2, Syn, checksum: 0)),
            (2, new Frame().Ipv4(Client, Server, checksum: 0).Udp(5, 6)));
        Assert.Equal(["invalid", "invalid", null], _scratch.Trace("--in", capture).Words("connection-state"));
        Assert.Equal(["invalid", "invalid", null], _scratch.Trace("--in", capture, "--checksums", "verify").Words("connection-state"));
        IReadOnlyList<JsonElement> ignored = _scratch.Trace("--in", capture, "--checksums", "ignore");
        Assert.Equal(["new", "new"], ignored.Take(2).Words("connection-state"));
    }

    public void Dispose() => _scratch.Dispose();
}
