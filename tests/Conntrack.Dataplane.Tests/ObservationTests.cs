using System.Net;
using Conntrack.Dataplane.Hosting;
using Conntrack.Dataplane.Hosting.Observation;
using Conntrack.Dataplane.Tests.Replays;
using Conntrack.Firewall;
using Conntrack.Memory;
using Conntrack.Packets;
using Conntrack.Testing;
using Conntrack.Tracking;
using Conntrack.Tracking.Events;

namespace Conntrack.Dataplane.Tests;

/// <summary>What a dataplane at work tells of its connections, and who it names when it is flooded.</summary>
[Collection(Dpdk.Collection)]
public sealed class ObservationTests : IDisposable
{
    static readonly TimeSpan s_patience = TimeSpan.FromMinutes(1);

    readonly string _folder = Directory.CreateTempSubdirectory("observation").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    /// <summary>The set that events leave is what is listed, whatever else went on: connections opened, changed, deleted.</summary>
    [Theory, Runtimes]
    public void Events_leave_what_is_listed(DataplaneRuntime runtime)
    {
        using var rig = new WorkerRig(runtime);
        rig.Dataplane.BeginWatching();
        rig.Start();
        Dictionary<ulong, ConnectionSnapshot> known = [];
        rig.WaitFor(50_000, s_patience);
        for (int round = 0; round < 5; round++)
        {
            Follow(rig.Dataplane, known);
            rig.Dataplane.Remove([.. rig.Dataplane.LiveConnections().Take(20).Select(connection => connection.Identity)]);
            rig.WaitFor(rig.Dataplane.Counters().Received + 5000, s_patience);
        }

        rig.Dataplane.ReplaceTracking(TrackingDefaults.Parameters() with { Enabled = 0 });
        rig.Stop();
        Follow(rig.Dataplane, known);
        LiveConnection[] listed = [.. rig.Dataplane.LiveConnections()];
        Assert.NotEmpty(listed);
        foreach (LiveConnection connection in listed)
        {
            ConnectionSnapshot told = Assert.Contains(connection.Identity.Value, (IReadOnlyDictionary<ulong, ConnectionSnapshot>)known);
            ConnectionSnapshot actual = connection.Snapshot;
            Assert.Equal(
                (actual.Original, actual.Reply, actual.Protocol, actual.State, actual.Flags, actual.Mark),
                (told.Original, told.Reply, told.Protocol, told.State, told.Flags, told.Mark));
        }

        // What is known and not listed has expired since; its end has not been told, for the worker that would have told it has stopped.
        ulong now = rig.Dataplane.Now;
        HashSet<ulong> living = [.. listed.Select(connection => connection.Identity.Value)];
        Assert.All(known.Where(pair => !living.Contains(pair.Key)), pair => Assert.True(Timestamp.Tick(now) > pair.Value.StartTick));
        Assert.Equal(0ul, rig.Dataplane.LostEvents(0));
    }

    /// <summary>Nobody reads: the worker goes on, and every event that is not in the ring is counted.</summary>
    [Theory, Runtimes]
    public void A_watcher_that_does_not_read_loses_events_and_no_packet(DataplaneRuntime runtime)
    {
        const int Flows = 512;
        using var rig = new WorkerRig(
            runtime, Write("many.pcap", Enumerable.Range(0, Flows).Select(n => Datagram("10.0.0.1", 1000 + n))), Write("none.pcap", [Datagram("192.0.2.9", 9)]));
        rig.Dataplane.ReplaceTracking(TrackingDefaults.Parameters(maxEntries: Flows / 4));
        rig.Dataplane.BeginWatching();
        rig.Start();
        while (rig.Dataplane.LostEvents(0) < 10_000)
        {
            rig.WaitFor(rig.Dataplane.Counters().Received + 1000, s_patience);
        }

        rig.Stop();
        TableTotals totals = rig.Dataplane.Tables();
        ulong read = 0;
        while (rig.Dataplane.TryReadEvent(0, out DataplaneEvent happened))
        {
            Assert.Equal(0ul, happened.LostBefore);
            read++;
        }

        // Every packet opened a connection, and each but the first few evicted one.
        Assert.Equal(EventRing.Capacity, read);
        Assert.Equal(totals.Created + totals.Evicted + totals.Expired, read + rig.Dataplane.LostEvents(0));
    }

    /// <summary>A thousand hosts and one that floods: it is named, by what it opens, by what it holds, and once it is refused by what it loses.</summary>
    [Theory, Runtimes]
    public void Who_floods_is_named(DataplaneRuntime runtime)
    {
        const int Hosts = 100, Attempts = 900;
        IEnumerable<byte[]> syns = Enumerable.Range(0, Attempts).Select(n => Syn("203.0.113.66", 1024 + n));
        IEnumerable<byte[]> others = Enumerable.Range(0, Hosts).Select(n => Datagram($"10.0.1.{n}", 1000));
        using var rig = new WorkerRig(runtime, Write("flood.pcap", [.. syns, .. others]), Write("none.pcap", [Datagram("192.0.2.9", 9)]));
        rig.Dataplane.ReplaceTracking(TrackingDefaults.Parameters(maxEntries: 500));
        rig.Start();
        SurveyResult survey = Survey(rig, result => result.Opened.Total != 0 && result.Entries.Total > 100);
        IPAddress attacker = IPAddress.Parse("203.0.113.66").MapToIPv6();
        Assert.Equal(attacker, AddressOf(survey.Entries.Sources[0]));
        Assert.Equal(attacker, AddressOf(survey.Opened.Sources[0]));
        Assert.InRange(survey.Opened.Sources[0].Count, survey.Opened.Total / 2, survey.Opened.Total);
        Assert.Equal(IPAddress.Parse("198.51.100.1").MapToIPv6(), AddressOf(survey.Opened.Destinations[0]));

        rig.Dataplane.PublishRules(
            [new RuleSpec { Chain = RuleChain.RawPrerouting4, Target = RuleTarget.Drop, Number = 0, CounterSlot = 0, Protocol = RuleMatch.Protocol(IpProtocol.Tcp) }]);
        survey = Survey(rig, result => result.Dropped.Total != 0);
        Assert.Equal(attacker, AddressOf(survey.Dropped.Sources[0]));
    }

    /// <summary>The same datagrams again and again: what is listed as their rate is what the worker received of them.</summary>
    [Theory, Runtimes]
    public void Rates_are_those_of_a_second(DataplaneRuntime runtime)
    {
        using var rig = new WorkerRig(runtime, Write("lan.pcap", [Datagram("10.0.0.1", 1000)]), Write("wan.pcap", [Datagram("10.0.0.2", 2000)]));
        rig.Start();
        Survey(rig, result => result.Fastest.Count == 2);
        LiveConnection[] fastest = [.. rig.Dataplane.Read(rig.Dataplane.Survey.Fastest)];
        Assert.Equal(2, fastest.Length);
        Assert.All(fastest, connection =>
        {
            Assert.NotNull(connection.Snapshot.Rates);
            (ulong original, ulong reply) = connection.Snapshot.Rates.Value;
            Assert.True(original > 0);
            Assert.Equal(0ul, reply);
        });
        ulong[] rates = [.. fastest.Select(connection => connection.Snapshot.Rates!.Value.Original)];
        Assert.True(rates[0] >= rates[1] / 2, "the fastest come first");
    }

    static SurveyResult Survey(WorkerRig rig, Func<SurveyResult, bool> isEnough)
    {
        var patience = System.Diagnostics.Stopwatch.StartNew();
        SurveyResult seen = rig.Dataplane.Survey;
        while (rig.Dataplane.Survey == seen || !isEnough(rig.Dataplane.Survey))
        {
            Assert.True(patience.Elapsed < s_patience);
            rig.Dataplane.SurveyStep();
            Thread.Sleep(2);
        }

        return rig.Dataplane.Survey;
    }

    static void Follow(DataplaneHost dataplane, Dictionary<ulong, ConnectionSnapshot> known)
    {
        while (dataplane.TryReadEvent(0, out DataplaneEvent happened))
        {
            ulong id = happened.Connection.Identity.Value;
            if (happened.Kind == EventKind.Ended)
            {
                Assert.True(known.Remove(id));
            }
            else
            {
                Assert.Equal(happened.Kind == EventKind.Changed, known.ContainsKey(id));
                known[id] = happened.Connection.Snapshot;
            }
        }
    }

    static IPAddress AddressOf(RankedTalker talker)
    {
        byte[] bytes = new byte[16];
        System.Buffers.Binary.BinaryPrimitives.WriteUInt128BigEndian(bytes, talker.Address);
        return new IPAddress(bytes);
    }

    string Write(string name, IEnumerable<byte[]> frames)
    {
        string path = Path.Combine(_folder, name);
        CaptureFile.Write(path, frames.Select((bytes, n) => new CapturedFrame(n * 1000L, bytes)));
        return path;
    }

    static byte[] Datagram(string source, int port) => new Frame().Ipv4(source, "198.51.100.2").Udp(port, 53).Data(100).ToBytes();

    static byte[] Syn(string source, int port) => new Frame().Ipv4(source, "198.51.100.1").Tcp(port, 80, sequence: 1, flags: 2).ToBytes();
}
