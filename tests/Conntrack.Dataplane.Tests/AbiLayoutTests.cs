using System.Reflection;
using System.Runtime.InteropServices;
using Conntrack.Dataplane.Abi;
using Conntrack.Dataplane.Stages;
using Conntrack.Dataplane.Steering;
using Conntrack.Packets;

namespace Conntrack.Dataplane.Tests;

/// <summary>
/// The structs that two runtimes share, compiled twice from one source: where their fields lie is written down here once more, so that
/// a change of the boundary is never made by accident.
/// </summary>
public sealed unsafe class AbiLayoutTests
{
    const int CacheLine = 64;

    public static TheoryData<Type, int, (string Field, int Offset)[]> Structs() => new()
    {
        {
            typeof(WorkerState), 768,
            [
                (nameof(WorkerState.Received), 0), (nameof(WorkerState.Generated), 8), (nameof(WorkerState.Sent), 16),
                (nameof(WorkerState.Consumed), 24), (nameof(WorkerState.Held), 32), (nameof(WorkerState.Bursts), 40),
                (nameof(WorkerState.EmptyPolls), 48), (nameof(WorkerState.StopRequested), 56), (nameof(WorkerState.Running), 60),
                (nameof(WorkerState.Dropped), 64), (nameof(WorkerState.ManagedBytesAllocated), 576), (nameof(WorkerState.ThreadId), 584), (nameof(WorkerState.NoBuffers), 592),
                (nameof(WorkerState.NeighboursDue), 600), (nameof(WorkerState.NeighbourQuestions), 608), (nameof(WorkerState.NeighbourAnswers), 616),
                (nameof(WorkerState.NeighboursFailed), 624), (nameof(WorkerState.AddressConflicts), 632),
                (nameof(WorkerState.Connections4), 640), (nameof(WorkerState.Connections6), 648), (nameof(WorkerState.Flows4), 656),
                (nameof(WorkerState.Flows6), 664), (nameof(WorkerState.Profile), 672), (nameof(WorkerState.HandedOver), 680),
                (nameof(WorkerState.TakenOver), 688), (nameof(WorkerState.ToursRefused), 696),
                (nameof(WorkerState.FastPathPackets4), 704), (nameof(WorkerState.FastPathBytes4), 712),
                (nameof(WorkerState.FastPathPackets6), 720), (nameof(WorkerState.FastPathBytes6), 728), (nameof(WorkerState.Helpers), 736),
            ]
        },
        {
            typeof(PortState), 16,
            [
                (nameof(PortState.Kind), 0), (nameof(PortState.DevicePort), 4), (nameof(PortState.IsUp), 8),
            ]
        },
        {
            typeof(PortCounters), 64,
            [
                (nameof(PortCounters.Received), 0), (nameof(PortCounters.ReceivedBytes), 8), (nameof(PortCounters.Sent), 16),
                (nameof(PortCounters.SentBytes), 24), (nameof(PortCounters.NotSent), 32),
            ]
        },
        {
            typeof(DataplaneSettings), 488,
            [
                (nameof(DataplaneSettings.Workers), 0), (nameof(DataplaneSettings.BurstSize), 4), (nameof(DataplaneSettings.PortCount), 8),
                (nameof(DataplaneSettings.ReservedEntries), 12), (nameof(DataplaneSettings.FlowLines), 16),
                (nameof(DataplaneSettings.HeldBuffers), 20),
                (nameof(DataplaneSettings.ClockStart), 24), (nameof(DataplaneSettings.Ports), 32), (nameof(DataplaneSettings.PortCounters), 40),
                (nameof(DataplaneSettings.WorkerStates), 48), (nameof(DataplaneSettings.Tables), 56), (nameof(DataplaneSettings.Feeds), 64),
                (nameof(DataplaneSettings.Tracking), 72), (nameof(DataplaneSettings.Rules), 80), (nameof(DataplaneSettings.RuleMemory), 88),
                (nameof(DataplaneSettings.Mailboxes), 96), (nameof(DataplaneSettings.Routes), 104), (nameof(DataplaneSettings.Neighbours), 112),
                (nameof(DataplaneSettings.Stations), 120), (nameof(DataplaneSettings.Pool), 128), (nameof(DataplaneSettings.Expectations), 136), (nameof(DataplaneSettings.Room), 144),
                (nameof(DataplaneSettings.Mappings), 152), (nameof(DataplaneSettings.Offloads), 160), (nameof(DataplaneSettings.HashKey), 168),
                (nameof(DataplaneSettings.Error), 232),
            ]
        },
        {
            typeof(FeedItem), 32,
            [
                (nameof(FeedItem.Mbuf), 0), (nameof(FeedItem.Time), 8), (nameof(FeedItem.Number), 16), (nameof(FeedItem.Interface), 20),
                (nameof(FeedItem.Truncated), 22),
            ]
        },
        {
            typeof(OutboxItem), 24,
            [
                (nameof(OutboxItem.Mbuf), 0), (nameof(OutboxItem.Number), 8), (nameof(OutboxItem.Interface), 12), (nameof(OutboxItem.Behind), 16),
            ]
        },
        {
            typeof(TraceItem), 32,
            [
                (nameof(TraceItem.Nanoseconds), 0), (nameof(TraceItem.FrameNumber), 8), (nameof(TraceItem.Interface), 12),
                (nameof(TraceItem.OutInterface), 14), (nameof(TraceItem.State), 16), (nameof(TraceItem.Verdict), 17),
                (nameof(TraceItem.Reason), 18), (nameof(TraceItem.Path), 19), (nameof(TraceItem.Rule), 20), (nameof(TraceItem.Fate), 24),
            ]
        },
        {
            typeof(Feed), 72,
            [
                (nameof(Feed.Count), 0), (nameof(Feed.Sent), 4), (nameof(Feed.FirstNumber), 8), (nameof(Feed.FateCount), 12),
                (nameof(Feed.Items), 16),
                (nameof(Feed.Outbox), 24), (nameof(Feed.Trace), 32), (nameof(Feed.Rules), 40), (nameof(Feed.Fates), 48),
                (nameof(Feed.OutboxRoom), 56), (nameof(Feed.Now), 64),
            ]
        },
        {
            typeof(FragmentFate), 24,
            [
                (nameof(FragmentFate.Time), 0), (nameof(FragmentFate.Number), 8), (nameof(FragmentFate.Cause), 12),
                (nameof(FragmentFate.Reason), 16), (nameof(FragmentFate.Fate), 17),
            ]
        },
        {
            typeof(ReplayInput), 16,
            [
                (nameof(ReplayInput.Reader), 0), (nameof(ReplayInput.Interface), 8),
            ]
        },
        {
            typeof(ReplayState), 80,
            [
                (nameof(ReplayState.Pool), 0), (nameof(ReplayState.Inputs), 8), (nameof(ReplayState.Writers), 16),
                (nameof(ReplayState.Trace), 24), (nameof(ReplayState.Rules), 32), (nameof(ReplayState.InputCount), 40),
                (nameof(ReplayState.FailedInput), 44), (nameof(ReplayState.FailedFrame), 48), (nameof(ReplayState.FailedInterface), 52),
                (nameof(ReplayState.Now), 56), (nameof(ReplayState.Epoch), 64), (nameof(ReplayState.TraceCapacity), 72),
                (nameof(ReplayState.Spread), 76),
            ]
        },
        {
            typeof(WorkerProfile), 960,
            [
                (nameof(WorkerProfile.Requested), 0), (nameof(WorkerProfile.LastBegan), 8), (nameof(WorkerProfile.LongestGap), 16),
                (nameof(WorkerProfile.Bursts), 24), (nameof(WorkerProfile.Cycles), 64), (nameof(WorkerProfile.Packets), 256),
                (nameof(WorkerProfile.Gaps), 448), (nameof(WorkerProfile.StallCycles), 32), (nameof(WorkerProfile.Stalls), 40),
            ]
        },
        {
            typeof(HandedOver), 64,
            [
                (nameof(HandedOver.Time), 0), (nameof(HandedOver.Next), 8), (nameof(HandedOver.Number), 16), (nameof(HandedOver.Rule), 20),
                (nameof(HandedOver.Port), 24), (nameof(HandedOver.Frames), 26), (nameof(HandedOver.Origin), 28), (nameof(HandedOver.HopsLeft), 29),
                (nameof(HandedOver.Kind), 30), (nameof(HandedOver.Fragment), 32),
            ]
        },
        {
            typeof(TransmitBuffer), 320,
            [
                (nameof(TransmitBuffer.Count), 0), ("_mbufs", 64),
            ]
        },
        {
            typeof(SlowPackets), 320,
            [
                ("_filter", 0), (nameof(SlowPackets.Count), 8), ("_hashCount", 12), (nameof(SlowPackets.HoldsUnknown), 16), ("_holdsAll", 17),
                (nameof(SlowPackets.KeepsOrder), 18), (nameof(SlowPackets.Staying), 20), ("_hashes", 64),
            ]
        },
        {
            typeof(Pending), 448,
            [
                (nameof(Pending.Count), 0), ("_hashes", 64), ("_sources", 192), ("_destinations", 320),
            ]
        },
    };

    [Theory, MemberData(nameof(Structs))]
    public void A_struct_lies_as_both_sides_know_it(Type type, int size, (string Field, int Offset)[] fields)
    {
        ArgumentNullException.ThrowIfNull(fields);
        Assert.Equal(size, Marshal.SizeOf(type));
        Assert.All(fields, field => Assert.Equal(field.Offset, (int)Marshal.OffsetOf(type, field.Field)));

        // Nothing of the boundary is left out, apart from what is kept free.
        string[] declared =
        [
            .. type.GetFields(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic)
                .Select(field => field.Name)
                .Where(name => !name.StartsWith("_spare", StringComparison.Ordinal)),
        ];
        Assert.Equal(fields.Select(field => field.Field).Order(), declared.Order());
    }

    /// <summary>What the runtime lays out and what marshalling believes are two things for bool and char; these structs have neither.</summary>
    [Fact]
    public void Sizes_in_memory_are_those_of_marshalling()
    {
        Assert.Equal(768, sizeof(WorkerState));
        Assert.Equal(64, sizeof(PortCounters));
        Assert.Equal(488, sizeof(DataplaneSettings));
        Assert.Equal(960, sizeof(WorkerProfile));
        Assert.Equal(32, sizeof(FeedItem));
        Assert.Equal(24, sizeof(OutboxItem));
        Assert.Equal(32, sizeof(TraceItem));
        Assert.Equal(72, sizeof(Feed));
        Assert.Equal(24, sizeof(FragmentFate));
        Assert.Equal(80, sizeof(ReplayState));
        Assert.Equal(64, sizeof(HandedOver));
        Assert.Equal(320, sizeof(TransmitBuffer));
        Assert.Equal(448, sizeof(Pending));
        Assert.Equal(320, sizeof(SlowPackets));
    }

    [Fact]
    public void What_one_worker_writes_shares_no_cache_line_with_another()
    {
        Assert.Equal(0, sizeof(WorkerState) % CacheLine);
        Assert.Equal(0, sizeof(PortCounters) % CacheLine);
    }

    [Fact]
    public void Every_drop_reason_has_a_counter() => Assert.True((int)DropReason.Count <= WorkerState.DropReasons);

    /// <summary>A full list, and hashes beyond its end that must not be found.</summary>
    [Fact]
    public void Pending_hashes_are_found_up_to_the_last_and_no_further()
    {
        Pending pending = default;
        for (uint hash = 0; hash < Worker.MaxBurst; hash++)
        {
            Assert.False(pending.Contains(hash));
            pending.Add(hash);
            Assert.All(Enumerable.Range(0, pending.Count), known => Assert.True(pending.Contains((uint)known)));
        }

        for (pending.Count = Worker.MaxBurst - 1; pending.Count >= 0; pending.Count--)
        {
            Assert.False(pending.Contains((uint)pending.Count));
        }
    }
}
