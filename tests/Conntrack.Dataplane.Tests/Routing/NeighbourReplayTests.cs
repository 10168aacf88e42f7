using System.Globalization;
using Conntrack.Dataplane.Abi;
using Conntrack.Dataplane.Hosting;
using Conntrack.Dataplane.Hosting.Routing;
using Conntrack.Dataplane.Routing;
using Conntrack.Dataplane.Tests.Replays;
using Conntrack.Packets;
using Conntrack.Testing;

namespace Conntrack.Dataplane.Tests.Routing;

/// <summary>Neighbours of a replay: answered at once, or by the captures alone; the same for every burst and every number of workers.</summary>
[Collection(Dpdk.Collection)]
public sealed class NeighbourReplayTests(Dpdk dpdk)
{
    const long Second = 1_000_000_000;

    static readonly int[] s_hosts = [4, 5, 6];

    [Theory, Runtimes]
    public void Neighbours_answer_at_once_with_what_their_address_says(DataplaneRuntime runtime)
    {
        ReplayResult result = Invariance.Assert(Run(runtime, answers: true, Packets(0, 9, 4)), "answers");
        Assert.All(result.Trace, item => Assert.Equal((Verdict.Forward, (ushort)1), (item.Verdict, item.OutInterface)));
        List<byte[]> sent = [.. result.Outputs[1].Select(frame => frame.Bytes)];
        Assert.Equal(5, sent.Count);
        Assert.Equal(ArpFrame.Request(0x0200_0000_0001, "10.1.0.1", "10.1.0.9"), sent[0]);
        Assert.All(sent.Skip(1), frame => Assert.Equal([2, 1, 10, 1, 0, 9], frame[..6]));
    }

    [Theory, Runtimes]
    public void Without_answers_packets_wait_for_the_captures(DataplaneRuntime runtime)
    {
        List<(int, CapturedFrame)> frames =
        [
            .. Packets(0, 9, 3),
            (1, new CapturedFrame((2 * Second) + 7, ArpFrame.Reply(RouterRig.MacOf(1, 9), "10.1.0.9", 0x0200_0000_0001, "10.1.0.1"))),
        ];
        ReplayResult result = Invariance.Assert(Run(runtime, answers: false, frames), "capture answers");

        // Three questions, then the packets as they came.
        Assert.Equal([0, Second, 2 * Second, (2 * Second) + 7, (2 * Second) + 7, (2 * Second) + 7], result.Outputs[1].Select(frame => frame.Nanoseconds));
        Assert.Equal([1000, 1001, 1002], result.Outputs[1].Skip(3).Select(frame => (frame.Bytes[34] << 8) | frame.Bytes[35]));
        Assert.Equal(3, result.Trace.Count(item => item.Fate == HeldFate.Sent && item.Verdict == Verdict.Forward));
    }

    [Theory, Runtimes]
    public void Who_never_answers_is_given_up_after_three_seconds(DataplaneRuntime runtime)
    {
        ReplayResult result = Invariance.Assert(Run(runtime, answers: false, Packets(0, 9, 3)) with { RunOn = TimeSpan.FromSeconds(10) }, "nobody");
        Assert.Equal(3, result.Outputs[1].Count);
        Assert.Equal([0, 1, 2], result.Outputs[1].Select(frame => frame.Nanoseconds / Second));
        Assert.All(result.Trace, item => Assert.Equal((Verdict.Drop, DropReason.NeighbourUnresolved), (item.Verdict, item.Reason)));
        Assert.All(result.Outputs[0], frame => Assert.Equal((3 * Second, (byte)3, (byte)1), (frame.Nanoseconds, frame.Bytes[34], frame.Bytes[35])));
        Assert.NotEmpty(result.Outputs[0]);
    }

    /// <summary>Many hosts that speak, ask and answer as they like, also beyond the time of their packets.</summary>
    [Theory, Runtimes]
    public void Random_neighbours(DataplaneRuntime runtime)
    {
        for (int seed = 0; seed < 40; seed++)
        {
            var random = new Random(seed);
            long time = 0;
            List<(int, CapturedFrame)> frames = [];
            for (int n = 0; n < 120; n++)
            {
                time += random.Next(4) == 0 ? random.NextInt64(Second) : random.Next(1000);
                int port = random.Next(3), host = s_hosts[random.Next(3)], to = random.Next(3), peer = s_hosts[random.Next(3)];
                ulong mac = RouterRig.MacOf(port, host);
                string self = $"10.{port}.0.{host}";
                ulong router = 0x0200_0000_0000ul + (uint)port;
                byte[] frame = random.Next(5) switch
                {
                    0 => ArpFrame.Request(mac, self, $"10.{port}.0.1"),
                    1 => ArpFrame.Reply(mac, self, router, $"10.{port}.0.1"),
                    _ => RouterRig.From(port, host).Ipv4(self, $"10.{to}.0.{peer}", timeToLive: random.Next(8) == 0 ? 1 : 64)
                        .Udp(1000 + random.Next(4), 53).Data(random.Next(60)).ToBytes(),
                };
                frames.Add((port, new CapturedFrame(time, frame)));
            }

            ReplayRun run = Run(runtime, answers: seed % 2 == 0, frames) with { RunOn = TimeSpan.FromSeconds(seed % 5) };
            Invariance.Assert(run, string.Create(CultureInfo.InvariantCulture, $"seed {seed}"));
        }
    }

    static List<(int Port, CapturedFrame Frame)> Packets(int port, int host, int count) =>
        [.. Enumerable.Range(0, count).Select(n => (port, new CapturedFrame(
            n, RouterRig.From(port).Ipv4($"10.{port}.0.2", $"10.1.0.{host}").Udp(1000 + n, 53).ToBytes())))];

    ReplayRun Run(DataplaneRuntime runtime, bool answers, List<(int Port, CapturedFrame Frame)> frames)
    {
        string[] captures = [.. Enumerable.Range(0, 3).Select(port => dpdk.PathOf($"neighbours{port}.pcap"))];
        for (int port = 0; port < captures.Length; port++)
        {
            CaptureFile.Write(captures[port], frames.Where(frame => frame.Port == port).Select(frame => frame.Frame));
        }

        RouterSpec router = RouterRig.Default();
        return new ReplayRun
        {
            Captures = captures,
            Runtime = runtime,
            Router = router with
            {
                Neighbours = [],
                Interfaces = [.. router.Interfaces.Select(port => port with { AnyMac = true })],
                Switches = router.Switches | (answers ? RouterSwitches.AnswerNeighbours : RouterSwitches.None),
            },
        };
    }
}
