using Conntrack.Control.Router;
using Conntrack.Dataplane.Hosting;
using Conntrack.Dataplane.Hosting.Observation;
using Conntrack.Packets;
using Conntrack.RouterOs.Firewall;
using Conntrack.Tracking.Helpers;
using Conntrack.Tracking.Table;
using Conntrack.V1;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;

namespace Conntrack.Daemon.Api;

/// <summary><c>conntrack.v1.TelemetryService</c>: the counters of a running router.</summary>
sealed class TelemetryEndpoint(RunningRouter router) : TelemetryService.TelemetryServiceBase
{
    static readonly TimeSpan s_shortestProfile = TimeSpan.FromMilliseconds(10);
    static readonly TimeSpan s_longestProfile = TimeSpan.FromMinutes(1);
    static readonly TimeSpan s_shortestInterval = TimeSpan.FromMilliseconds(100);
    static readonly TimeSpan s_longestInterval = TimeSpan.FromHours(1);

    public override async Task<GetStatsResponse> GetStats(GetStatsRequest request, ServerCallContext context)
    {
        IReadOnlyList<MeasuredWorker>? profiles = request.ProfileDuration is { } duration
            ? await router.MeasureAsync(Checked("profile_duration", duration, s_shortestProfile, s_longestProfile), context.CancellationToken)
            : null;
        return Stats(profiles);
    }

    public override async Task WatchStats(
        WatchStatsRequest request, IServerStreamWriter<WatchStatsResponse> responseStream, ServerCallContext context)
    {
        TimeSpan interval = request.Interval is { } asked
            ? Checked("interval", asked, s_shortestInterval, s_longestInterval)
            : TimeSpan.FromSeconds(1);
        await responseStream.WriteAsync(new WatchStatsResponse { Stats = Stats(null) }, context.CancellationToken);
        while (true)
        {
            IReadOnlyList<MeasuredWorker>? profiles = null;
            if (request.Profile)
            {
                profiles = await router.MeasureAsync(interval, context.CancellationToken);
            }
            else
            {
                await Task.Delay(interval, context.CancellationToken);
            }

            await responseStream.WriteAsync(new WatchStatsResponse { Stats = Stats(profiles) }, context.CancellationToken);
        }
    }

    public override Task<ListTopTalkersResponse> ListTopTalkers(ListTopTalkersRequest request, ServerCallContext context)
    {
        const int Most = 100, Usual = 10;
        if (request.Limit > Most)
        {
            throw Refusal.Of("limit", $"limit is from 1 to {Most}");
        }

        int limit = request.Limit == 0 ? Usual : (int)request.Limit;
        SurveyResult survey = router.Survey;
        return Task.FromResult(new ListTopTalkersResponse
        {
            Entries = TalkerMessages.Of(survey.Entries, limit),
            NewConnections = TalkerMessages.Of(survey.Opened, limit),
            Drops = TalkerMessages.Of(survey.Dropped, limit),
            Fastest = { router.Connections(survey.Fastest).Take(limit).Select(TalkerMessages.Of) },
        });
    }

    GetStatsResponse Stats(IReadOnlyList<MeasuredWorker>? profiles)
    {
        DataplaneCounters counters = router.Counters;
        TableTotals tables = router.Tables;
        (uint buffers, uint free) = router.Buffers;
        var response = new GetStatsResponse
        {
            Rx = counters.Received,
            Generated = counters.Generated,
            Tx = counters.Sent,
            Consumed = counters.Consumed,
            Held = counters.Held,
            Tracking = new TableStats
            {
                MaxEntries = tables.MaxEntries,
                TotalEntries = (ulong)tables.Ipv4Entries + tables.Ipv6Entries,
                TotalIp4Entries = tables.Ipv4Entries,
                TotalIp6Entries = tables.Ipv6Entries,
                Created = tables.Created,
                Removed = { ["expired"] = tables.Expired, ["evicted"] = tables.Evicted, ["closed"] = tables.Removed },
                Refused = { ["full"] = tables.RefusedFull, ["memory"] = tables.RefusedMemory },
                ReservedEntries = tables.ReservedEntries,
            },
            Buffers = new BufferStats { Total = buffers, Free = free },
        };
        for (ConnectionEnd end = 0; end < ConnectionEnd.Count; end++)
        {
            response.Tracking.Ended.Add(ConnectionEnds.Name(end), tables.Ended[(int)end]);
        }

        foreach ((DropReason reason, ulong count) in counters.Dropped)
        {
            response.Dropped.Add(DropReasons.Name(reason), count);
        }

        foreach ((string helper, HelperCounters did) in counters.Helpers)
        {
            response.Helpers.Add(helper, new HelperStats
            {
                Parsed = did.Parsed,
                Malformed = did.Malformed,
                Expected = did.Expected,
                Refused = did.Refused,
                Rewritten = did.Rewritten,
                LeftAlone = did.LeftAlone,
            });
        }

        response.Fasttrack.Add("ipv4", FastTrack(RuleFamily.Ipv4));
        response.Fasttrack.Add("ipv6", FastTrack(RuleFamily.Ipv6));
        response.HwOffload = HardwareMessages.Of(router.Hardware);
        IReadOnlyList<InterfaceRates> rates = router.Rates;
        for (int i = 0; i < router.Ports.Count; i++)
        {
            if (router.NameOf(i) is not { } name)
            {
                continue;
            }

            response.Interfaces.Add(name, Interface(i, counters.Interfaces[i], i < rates.Count ? rates[i] : default));
        }

        response.Workers.AddRange(router.Workers.Select((worker, index) => new WorkerStats
        {
            Worker = (uint)index,
            Rx = worker.Received,
            Tx = worker.Sent,
            Bursts = worker.Bursts,
            EmptyPolls = worker.EmptyPolls,
            HandedOver = worker.HandedOver,
            TakenOver = worker.TakenOver,
            HandedOverShare = worker.HandedOverShare,
            ToursRefused = worker.ToursRefused,
            TotalEntries = worker.Entries,
            Profile = profiles is null ? null : ProfileMessages.Of(profiles[index]),
        }));
        return response;
    }

    /// <summary>Compared as it came: what is no duration, or centuries, fits no TimeSpan.</summary>
    static TimeSpan Checked(string field, Duration duration, TimeSpan shortest, TimeSpan longest)
    {
        bool isNear = duration.Seconds >= 0 && duration.Seconds <= (long)longest.TotalSeconds && duration.Nanos is >= 0 and < 1_000_000_000;
        TimeSpan wanted = isNear ? duration.ToTimeSpan() : TimeSpan.Zero;
        return wanted >= shortest && wanted <= longest
            ? wanted
            : throw Refusal.Of(field, $"{field.Replace('_', '-')} is from {shortest.TotalMilliseconds:0}ms to {Longest(longest)}");
    }

    static string Longest(TimeSpan longest) => longest.TotalMinutes > 1 ? "1 hour" : "1 minute";

    FastTrackStats FastTrack(RuleFamily family)
    {
        FastPathStatus status = router.FastPath(family);
        FlowTotals flows = router.Flows(family);
        return new FastTrackStats
        {
            FastPathActive = status.IsFastPathActive,
            FastPathPackets = status.FastPath.Packets,
            FastPathBytes = status.FastPath.Bytes,
            FasttrackActive = status.IsFastTrackActive,
            Obstacle = status.Obstacle,
            FasttrackPackets = status.FastTrack.Packets,
            FasttrackBytes = status.FastTrack.Bytes,
            Lines = flows.Lines,
            Displaced = flows.Displaced,
            Samples = flows.Samples,
        };
    }

    InterfaceStats Interface(int index, InterfaceCounters counters, InterfaceRates rates)
    {
        Native.PortStatistics device = router.DeviceStatistics(index);
        string? obstacle = router.HardwareObstacleOf(index);
        return new InterfaceStats
        {
            Device = router.DeviceOf(index),
            RxPacket = counters.Received,
            RxByte = counters.ReceivedBytes,
            TxPacket = counters.Sent,
            TxByte = counters.SentBytes,
            TxQueueDrop = counters.NotSent,
            RxPacketsPerSecond = rates.RxPackets,
            RxBitsPerSecond = rates.RxBits,
            TxPacketsPerSecond = rates.TxPackets,
            TxBitsPerSecond = rates.TxBits,
            RxMissed = device.RxMissed + device.RxNoMbuf,
            HwOffload = obstacle is "",
            HwOffloadObstacle = obstacle ?? "",
        };
    }
}
