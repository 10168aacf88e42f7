using Conntrack.Control.Router;
using Conntrack.Dataplane.Hosting;
using Conntrack.Packets;
using Conntrack.V1;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;

namespace Conntrack.Daemon.Api;

/// <summary><c>conntrack.v1.TelemetryService</c>: the counters of a running router.</summary>
sealed class TelemetryEndpoint(RunningRouter router) : TelemetryService.TelemetryServiceBase
{
    static readonly TimeSpan s_shortestProfile = TimeSpan.FromMilliseconds(10);
    static readonly TimeSpan s_longestProfile = TimeSpan.FromMinutes(1);

    public override async Task<GetStatsResponse> GetStats(GetStatsRequest request, ServerCallContext context)
    {
        IReadOnlyList<MeasuredWorker>? profiles = request.ProfileDuration is { } duration
            ? await router.MeasureAsync(Checked(duration), context.CancellationToken)
            : null;
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
            },
            Buffers = new BufferStats { Total = buffers, Free = free },
        };
        foreach ((DropReason reason, ulong count) in counters.Dropped)
        {
            response.Dropped.Add(DropReasons.Name(reason), count);
        }

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
            TotalEntries = worker.Entries,
            Profile = profiles is null ? null : ProfileMessages.Of(profiles[index]),
        }));
        return response;
    }

    /// <summary>Compared as it came: what is no duration, or centuries, fits no TimeSpan.</summary>
    static TimeSpan Checked(Duration duration)
    {
        bool isNear = duration.Seconds >= 0 && duration.Seconds <= (long)s_longestProfile.TotalSeconds && duration.Nanos is >= 0 and < 1_000_000_000;
        TimeSpan wanted = isNear ? duration.ToTimeSpan() : TimeSpan.Zero;
        return wanted >= s_shortestProfile && wanted <= s_longestProfile
            ? wanted
            : throw Refusal.Of("profile_duration", "profile-duration is from 10ms to 1 minute");
    }

    InterfaceStats Interface(int index, InterfaceCounters counters, InterfaceRates rates)
    {
        Native.PortStatistics device = router.DeviceStatistics(index);
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
        };
    }
}
