using System.Globalization;
using Conntrack.Dataplane.Hosting;
using Conntrack.Dataplane.Tests.Replays;
using Conntrack.Packets;
using Conntrack.Testing;
using Conntrack.Tracking;

namespace Conntrack.Dataplane.Tests;

/// <summary>
/// The demo capture as a wire, against what tshark counted in it (<c>flows.tsv</c>) and what Linux held at its end
/// (<c>linux-conntrack.txt</c>): two opinions that are not ours.
/// </summary>
[Collection(Dpdk.Collection)]
public sealed class DemoTests(Dpdk dpdk)
{
    static readonly string s_lan = DemoFile("lan.pcap");
    static readonly string s_wan = DemoFile("wan.pcap");

    [Theory, Runtimes]
    public void Connections_at_the_end_are_those_of_tshark_and_of_linux(DataplaneRuntime runtime)
    {
        ReplayResult result = Demo(dpdk, runtime).Run();
        DemoFlow[] flows = DemoFlow.ReadAll(DemoFile("flows.tsv"));
        TimeSpan end = LastTime(result);

        string[] expected = [.. flows.Where(flow => flow.Ends > end).OrderBy(flow => flow.First).Select(flow => flow.Describe(end))];
        Assert.Equal(expected, result.Connections.Select(DemoFlow.Describe));

        string[] linux = [.. File.ReadLines(DemoFile("linux-conntrack.txt")).Where(line => line[0] != '#').Select(LinuxKey).Order()];
        Assert.Equal(linux, result.Connections.Select(Key).Order());
        Assert.Equal((uint)result.Connections.Count, result.Tables.Ipv4Entries + result.Tables.Ipv6Entries);
        Assert.Equal((ulong)flows.Length, result.Tables.Created);
    }

    /// <summary>Long after the last frame only what was never closed is left, and a day later nothing.</summary>
    [Theory, Runtimes]
    public void Time_running_on_ends_everything(DataplaneRuntime runtime)
    {
        ReplayRun demo = Demo(dpdk, runtime);
        ConnectionLine left = Assert.Single((demo with { RunOn = TimeSpan.FromHours(23) }).Run().Connections);
        Assert.Equal((TcpState.Established, 40023), (left.TcpState, left.SrcPort));
        ReplayResult over = (demo with { RunOn = TimeSpan.FromHours(25) }).Run();
        Assert.Empty(over.Connections);
        Assert.Equal((0u, 0u), (over.Tables.Ipv4Entries, over.Tables.Ipv6Entries));
        Assert.Equal(over.Tables.Created, over.Tables.Expired + over.Tables.Removed);
    }

    [Theory, Runtimes]
    public void The_wire_passes_every_frame_unchanged_and_at_its_time(DataplaneRuntime runtime)
    {
        ReplayResult result = Demo(dpdk, runtime).Run();
        List<CapturedFrame> lan = CaptureFile.Read(s_lan), wan = CaptureFile.Read(s_wan);
        Assert.Equal(wan, result.Outputs[0]);
        Assert.Equal(lan, result.Outputs[1]);
        Assert.Equal((ulong)(lan.Count + wan.Count), result.Counters.Sent);
        Assert.Equal(
            new InterfaceCounters((ulong)lan.Count, Bytes(lan), (ulong)wan.Count, Bytes(wan), 0), result.Counters.Interfaces[0]);
        Assert.Equal(
            new InterfaceCounters((ulong)wan.Count, Bytes(wan), (ulong)lan.Count, Bytes(lan), 0), result.Counters.Interfaces[1]);
    }

    [Theory, Runtimes]
    public void Every_frame_is_traced_in_order_of_time(DataplaneRuntime runtime)
    {
        ReplayResult result = Demo(dpdk, runtime).Run();
        List<CapturedFrame>[] frames = [CaptureFile.Read(s_lan), CaptureFile.Read(s_wan)];
        long epoch = Math.Min(frames[0][0].Nanoseconds, frames[1][0].Nanoseconds);
        Assert.Equal(
            frames
                .SelectMany((list, port) => list.Select((frame, n) => (frame.Nanoseconds - epoch, port, n + 1)))
                .OrderBy(frame => frame.Item1).ThenBy(frame => frame.port),
            result.Trace.Select(item => ((long)item.Nanoseconds, (int)item.Interface, (int)item.FrameNumber)));
        Assert.All(result.Trace, item => Assert.Equal(
            (Verdict.Forward, DropReason.None, (ushort)(1 - item.Interface)), (item.Verdict, item.Reason, item.OutInterface)));

        // Linux called nothing in it invalid.
        Assert.DoesNotContain(ConnectionStateOfPacket.Invalid, result.States);
        Assert.Equal(2, result.States.Count(state => state == ConnectionStateOfPacket.None));
        Assert.Equal(20, result.States.Count(state => state == ConnectionStateOfPacket.Untracked));
    }

    [Fact]
    public void A_replay_leaves_no_file_open()
    {
        Demo(dpdk, DataplaneRuntime.Aot).Run();
        int files = OpenFiles();
        for (int i = 0; i < 3; i++)
        {
            Demo(dpdk, DataplaneRuntime.Aot).Run();
        }

        Assert.Equal(files, OpenFiles());
        static int OpenFiles() => Directory.GetFiles("/proc/self/fd").Count(IsCapture);
        static bool IsCapture(string fd) => File.ResolveLinkTarget(fd, false)?.FullName.EndsWith(".pcap", StringComparison.Ordinal) ?? false;
    }

    /// <summary>The demo with its captures in a folder that may be written to.</summary>
    internal static ReplayRun Demo(Dpdk dpdk, DataplaneRuntime runtime)
    {
        string[] captures = [dpdk.PathOf("lan.pcap"), dpdk.PathOf("wan.pcap")];
        File.Copy(s_lan, captures[0], overwrite: true);
        File.Copy(s_wan, captures[1], overwrite: true);
        return new ReplayRun { Captures = captures, Runtime = runtime };
    }

    internal static string DemoFile(string name) => Path.Combine(AppContext.BaseDirectory, "demo", name);

    static TimeSpan LastTime(ReplayResult result) => TimeSpan.FromTicks((long)result.Trace[^1].Nanoseconds / TimeSpan.NanosecondsPerTick);

    static ulong Bytes(List<CapturedFrame> frames) => (ulong)frames.Sum(frame => frame.Bytes.Length);

    static string Key(ConnectionLine line)
    {
        bool icmp = line.Protocol is 1 or 58;
        string ports = icmp ? $"id={line.SrcPort}" : $"sport={line.SrcPort} dport={line.DstPort}";
        string state = line.Protocol != 6 ? "" : line.TcpState switch
        {
            TcpState.TimeWait => "TIME_WAIT",
            TcpState.Close => "CLOSE",
            TcpState.Established => "ESTABLISHED",
            _ => "?",
        };
        string mark = (line.Flags & ConnectionFlags.Assured) != 0 ? "[ASSURED]" : (line.Flags & ConnectionFlags.SeenReply) == 0 ? "[UNREPLIED]" : "";
        return $"{line.Protocol} {state} src={line.Src} dst={line.Dst} {ports} packets={line.OriginalPackets} bytes={line.OriginalBytes} "
            + $"packets={line.ReplyPackets} bytes={line.ReplyBytes} {mark}";
    }

    /// <summary>The words of /proc/net/nf_conntrack that <see cref="Key"/> is made of; the reply's tuple is the mirror here.</summary>
    static string LinuxKey(string line)
    {
        string[] words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        string[] of(string name) => [.. words.Where(word => word.StartsWith(name + "=", StringComparison.Ordinal))];
        string state = words[0] == "tcp" ? words[3] : "";
        string ports = words[0].StartsWith("icmp", StringComparison.Ordinal) ? of("id")[0] : $"{of("sport")[0]} {of("dport")[0]}";
        string mark = words.FirstOrDefault(word => word[0] == '[', "");
        return $"{int.Parse(words[1], CultureInfo.InvariantCulture)} {state} {of("src")[0]} {of("dst")[0]} {ports} "
            + $"{of("packets")[0]} {of("bytes")[0]} {of("packets")[1]} {of("bytes")[1]} {mark}";
    }
}
