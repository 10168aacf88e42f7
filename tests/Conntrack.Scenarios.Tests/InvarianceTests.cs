using System.Collections.Concurrent;
using Conntrack.Testing;
using static Conntrack.Scenarios.Tests.Packets;

namespace Conntrack.Scenarios.Tests;

/// <summary>What a replay's result may not depend on: the run, the burst, the number of workers.</summary>
public sealed class InvarianceTests : IDisposable
{
    static readonly string[] s_files = ["connections.json", "trace.jsonl", "stats.json", "out1.pcap", "out2.pcap"];

    /// <summary>What everything is compared with, made once: one packet at a time on one worker.</summary>
    static readonly ConcurrentDictionary<string, Dictionary<string, string>> s_plain = new();

    readonly Scratch _scratch = new();

    /// <summary>Byte for byte, every file.</summary>
    [Theory]
    [InlineData("demo")]
    [InlineData("mix")]
    public void Two_runs_write_the_same_files(string traffic) => Assert.Equal(Plain(traffic), Files(traffic, "1", "1"));

    [Theory]
    [InlineData("demo", "32", "1")]
    [InlineData("demo", "5", "1")]
    [InlineData("demo", "1", "2")]
    [InlineData("demo", "1", "4")]
    [InlineData("demo", "32", "4")]
    [InlineData("mix", "32", "1")]
    [InlineData("mix", "2", "1")]
    [InlineData("mix", "13", "1")]
    [InlineData("mix", "32", "2")]
    [InlineData("mix", "1", "4")]
    [InlineData("mix", "32", "3")]
    public void Burst_and_workers_change_nothing(string traffic, string burst, string workers) =>
        Assert.Equal(Plain(traffic), Files(traffic, burst, workers));

    /// <summary>The classic trap: the first packets of connections, their answers and their ends, all at one instant and so in one burst.</summary>
    [Theory]
    [InlineData("1")]
    [InlineData("32")]
    public void A_whole_connection_fits_in_one_burst(string burst)
    {
        string capture = _scratch.Capture(
            "in.pcap",
            (0, Tcp(false, Syn)), (0, Tcp(true, SynAck)), (0, Tcp(false, Ack)), (0, Tcp(false, Fin)), (0, Tcp(true, Fin)), (0, Tcp(false, Ack)),
            (0, Tcp(false, Syn)), (0, Tcp(true, Rst)), (0, Tcp(false, Syn)), (0, Udp()), (0, Udp()), (0, Udp(back: true)), (0, Udp()));
        Results results = _scratch.Replay("--in", capture, "--burst", burst);
        Assert.Equal(
            [
                "new", "established", "established", "established", "established", "established",
                "new", "established", "new", "new", "new", "established", "established",
            ],
            results.Trace.Words("connection-state"));
        Assert.Equal(["syn-sent", null], results.Connections.Words("tcp-state"));
    }

    public void Dispose() => _scratch.Dispose();

    Dictionary<string, string> Plain(string traffic) => s_plain.GetOrAdd(traffic, name => Files(name, "1", "1"));

    /// <summary>All files of a replay as text, for a difference to show where it is.</summary>
    Dictionary<string, string> Files(string traffic, string burst, string workers)
    {
        (string one, string two) = traffic == "demo"
            ? (Path.Combine(Ctrack.Root, "tests/Scenarios/demo/lan.pcap"), Path.Combine(Ctrack.Root, "tests/Scenarios/demo/wan.pcap"))
            : Mix();
        Ctrack.Replay(
            "--in", $"ether1={one}", "--in", $"ether2={two}", "--burst", burst, "--workers", workers, "--until", "1",
            "--connections", _scratch.PathOf("connections.json"), "--trace", _scratch.PathOf("trace.jsonl"), "--stats", _scratch.PathOf("stats.json"),
            "--out", $"ether1={_scratch.PathOf("out1.pcap")}", "--out", $"ether2={_scratch.PathOf("out2.pcap")}").Succeeded();
        return s_files.ToDictionary(
            file => file,
            file => file.EndsWith(".pcap", StringComparison.Ordinal)
                ? Convert.ToHexString(File.ReadAllBytes(_scratch.PathOf(file)))
                : File.ReadAllText(_scratch.PathOf(file)));
    }

    /// <summary>
    /// 4000 packets of few tuples, so that most bursts hold several of one connection; times stand still, creep, and jump beyond timeouts.
    /// </summary>
    (string One, string Two) Mix()
    {
        var random = new Random(20261123);
        List<(long, Frame)>[] sides = [[], []];
        int[] flags = [Syn, SynAck, Ack, Ack, Ack, Fin, Rst];
        long time = 0;
        for (int i = 0; i < 4000; i++)
        {
            time += random.Next(100) switch
            {
                < 60 => 0,
                < 97 => random.Next(20_000),
                _ => random.Next(12_000_000),
            };
            bool back = random.Next(2) == 0;
            int number = random.Next(6);
            Frame frame = random.Next(9) switch
            {
                6 => new Frame().Ipv4("203.0.113.9", back ? Server : Client).Icmp(3, 1).Data(Tcp(back, Syn, 2000 + number).ToPacket()),
                7 => new Frame().Ipv4("203.0.113.9", back ? Server : Client).Icmp(3, 1).Data(Udp(back, 1000 + number).ToPacket()),
                0 => Udp(back, 1000 + number),
                1 => Udp6(back, 1000 + number),
                2 => Ping(back, number),
                3 => Ping6(back, number),
                4 => Ospf(back, 1 + number),
                5 => new Frame().Ipv4(back ? Server : Client, back ? Client : Server).Udp(7, 7, checksum: 0x1234).Data(9),
                _ => Tcp(back, flags[random.Next(flags.Length)], 2000 + number, random.Next(3) * 50),
            };
            sides[back ? 1 : 0].Add((time, frame));
        }

        return (_scratch.Capture("mix1.pcap", sides[0]), _scratch.Capture("mix2.pcap", sides[1]));
    }
}
