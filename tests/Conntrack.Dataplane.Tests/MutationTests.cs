using Conntrack.Dataplane.Abi;
using Conntrack.Dataplane.Hosting;
using Conntrack.Dataplane.Tests.Replays;
using Conntrack.Packets;
using Conntrack.Testing;

namespace Conntrack.Dataplane.Tests;

/// <summary>
/// Frames nobody would send, through the whole path: every one ends in exactly one place, no buffer is lost
/// (<see cref="ReplayRun.Run"/> asserts both), and the trace says where.
/// </summary>
[Collection(Dpdk.Collection)]
public sealed class MutationTests(Dpdk dpdk)
{
    const int Mutations = 100_000;

    [Theory, Runtimes]
    public void Every_prefix_of_every_frame_of_the_demo(DataplaneRuntime runtime)
    {
        string[] captures = [dpdk.PathOf("prefixes0.pcap"), dpdk.PathOf("prefixes1.pcap")];
        long[] counts = [.. captures.Select((capture, port) => Write(capture, Demo(port).SelectMany(frame =>
            Enumerable.Range(0, frame.Length + 1).Select(length => frame[..length]))))];
        ReplayResult result = Run(runtime, captures);
        Assert.Equal(counts.Sum(), result.Trace.Count);

        // The demo's frames have no padding, so no prefix is a whole packet: what passes as IP is every frame itself, but for two of ARP.
        int forwarded = result.Trace.Count(item => item.Verdict == Verdict.Forward && item.State != ConnectionStateOfPacket.None);
        Assert.Equal(Demo(0).Length + Demo(1).Length - 2, forwarded);
    }

    [Theory, Runtimes]
    public void A_hundred_thousand_mutations(DataplaneRuntime runtime)
    {
        Random random = new(20_260_101);
        string[] captures = [dpdk.PathOf("mutations0.pcap"), dpdk.PathOf("mutations1.pcap")];
        for (int port = 0; port < 2; port++)
        {
            byte[][] frames = Demo(port);
            Write(captures[port], Enumerable.Range(0, Mutations / 2).Select(_ => Mutate(frames[random.Next(frames.Length)], random)));
        }

        ReplayResult result = Run(runtime, captures);
        Assert.Equal(Mutations, result.Trace.Count);

        // The mutations are worth something: they reach every reason a frame of its own can have, and every state.
        Assert.Superset(
            new HashSet<DropReason>
            {
                DropReason.None, DropReason.BadEthernetHeader, DropReason.BadIpHeader, DropReason.BadIpChecksum,
            },
            result.Trace.Select(item => item.Reason).ToHashSet());
        Assert.Superset(
            new HashSet<ConnectionStateOfPacket>
            {
                ConnectionStateOfPacket.None, ConnectionStateOfPacket.New, ConnectionStateOfPacket.Established, ConnectionStateOfPacket.Invalid,
                ConnectionStateOfPacket.Untracked,
            },
            result.Trace.Select(item => item.State).ToHashSet());
    }

    /// <summary>Fragments of the demo's frames, altered after they were cut: every fate a fragment can have, and the whole path behind it.</summary>
    [Theory, Runtimes]
    public void A_hundred_thousand_mutated_fragments(DataplaneRuntime runtime)
    {
        Random random = new(20_260_102);
        string[] captures = [dpdk.PathOf("fragments0.pcap"), dpdk.PathOf("fragments1.pcap")];
        for (int port = 0; port < 2; port++)
        {
            byte[][] frames = [.. Demo(port).Where(frame => frame.Length > 70 && (frame[12], frame[13]) is (8, 0) or (0x86, 0xdd))];
            Write(captures[port], Enumerable.Range(0, Mutations).SelectMany(_ => Fragments(frames[random.Next(frames.Length)], random)).Take(Mutations / 2));
        }

        ReplayResult result = Run(runtime, captures);
        Assert.Superset(
            new HashSet<DropReason>
            {
                DropReason.None, DropReason.BadFragment, DropReason.FragmentDuplicate, DropReason.FragmentOverlap, DropReason.FragmentTimeout,
            },
            result.Trace.Select(item => item.Reason).ToHashSet());
        Assert.Contains(result.Trace, item => item.Fate == HeldFate.Reassembled);
        Assert.Contains(result.Trace, item => item.Fate == HeldFate.None && item.State == ConnectionStateOfPacket.Established);
    }

    static byte[][] Fragments(byte[] frame, Random random)
    {
        byte[][] pieces = FragmentCut.Every(8 * random.Next(1, frame.Length / 8), frame, (uint)random.Next(4));
        random.Shuffle(pieces);
        return [.. pieces.Select(piece => random.Next(8) == 0 ? Mutate(piece, random) : piece)];
    }

    /// <summary>Also when the table is full of what the mutations opened, and with several workers.</summary>
    static ReplayResult Run(DataplaneRuntime runtime, string[] captures)
    {
        ReplayRun run = new() { Captures = captures, Runtime = runtime, Tracking = TrackingDefaults.Parameters(50), WithOutputs = false };
        _ = Traced(run with { Workers = 3, Burst = 7 });
        return Traced(run);
    }

    static ReplayResult Traced(ReplayRun run)
    {
        ReplayResult result = run.Run();
        foreach (TraceItem item in result.Trace)
        {
            bool sound = item.Verdict switch
            {
                Verdict.Forward => item.Reason == DropReason.None && item.OutInterface == 1 - item.Interface,
                Verdict.Drop => item.Reason is > DropReason.None and < DropReason.Count && item.OutInterface == Packet.NoInterface,
                Verdict.Consume => (item.Fate is HeldFate.Reassembled or HeldFate.StillHeld) && item.OutInterface == Packet.NoInterface,
                _ => false,
            };
            Assert.True(sound, $"frame {item.FrameNumber} of {item.Interface}: {item.Verdict} {item.Reason} to {item.OutInterface}");
        }

        // Whatever becomes whole leaves in as many pieces as it came in.
        Assert.Equal(result.Counters.Sent - result.Counters.Generated, (ulong)result.Trace.Count(item => item.Verdict == Verdict.Forward));
        IEnumerable<DropReason> reasons = result.Trace.Where(item => item.Verdict == Verdict.Drop).Select(item => item.Reason);
        Assert.Equal(reasons.CountBy(reason => reason).ToDictionary(pair => pair.Key, pair => (ulong)pair.Value), result.Counters.Dropped);
        return result;
    }

    static byte[][] Demo(int port) => [.. CaptureFile.Read(DemoTests.DemoFile(port == 0 ? "lan.pcap" : "wan.pcap")).Select(frame => frame.Bytes)];

    /// <summary>A millisecond apart, so that the demo's connections live through it and timeouts fire as well. Returns how many.</summary>
    static long Write(string file, IEnumerable<byte[]> frames)
    {
        long count = 0;
        CaptureFile.Write(file, frames.Select(bytes => new CapturedFrame(Traffic.Epoch + (count++ * 1_000_000), bytes)));
        return count;
    }

    static byte[] Mutate(byte[] frame, Random random)
    {
        byte[] mutant = [.. frame];
        for (int changes = random.Next(1, 4); changes > 0; changes--)
        {
            mutant = random.Next(6) switch
            {
                0 => mutant[..random.Next(mutant.Length + 1)],
                1 => Insert(mutant, random),
                2 => Numbered(mutant, random, 16),
                3 => Numbered(mutant, random, 18),
                _ => Flipped(mutant, random),
            };
        }

        return random.Next(2) == 0 ? Fitted(mutant) : mutant;
    }

    static byte[] Insert(byte[] frame, Random random)
    {
        int at = random.Next(frame.Length + 1);
        byte[] inserted = new byte[random.Next(1, 64)];
        random.NextBytes(inserted);
        return [.. frame[..at], .. inserted, .. frame[at..]];
    }

    /// <summary>The length of the IPv4 or IPv6 packet, or of what it carries, says something else.</summary>
    static byte[] Numbered(byte[] frame, Random random, int at)
    {
        at = random.Next(3) == 0 ? at + 20 : at;
        if (frame.Length > at + 1)
        {
            int value = random.Next(3) switch { 0 => random.Next(65536), 1 => random.Next(80), _ => frame.Length - random.Next(80) };
            (frame[at], frame[at + 1]) = ((byte)(value >> 8), (byte)value);
        }

        return frame;
    }

    static byte[] Flipped(byte[] frame, Random random)
    {
        if (frame.Length != 0)
        {
            frame[random.Next(Math.Min(frame.Length, random.Next(2) == 0 ? 60 : 1514))] ^= (byte)(1 << random.Next(8));
        }

        return frame;
    }

    /// <summary>Makes the IPv4 checksum right, so that the change gets past it.</summary>
    static byte[] Fitted(byte[] frame)
    {
        if (frame.Length >= 34 && frame[12] == 0x08 && frame[13] == 0)
        {
            int header = Math.Clamp((frame[14] & 15) * 4, 20, frame.Length - 14);
            (frame[24], frame[25]) = (0, 0);
            int checksum = PlainChecksum.Internet(frame[14..(14 + header)]);
            (frame[24], frame[25]) = ((byte)(checksum >> 8), (byte)checksum);
        }

        return frame;
    }
}
