using System.Diagnostics.Tracing;
using Conntrack.V1;
using Grpc.Core;
using Grpc.Net.Client;
using Microsoft.Diagnostics.NETCore.Client;

namespace Conntrack.Gaps;

/// <summary>What was asked of the host in a while.</summary>
sealed record Blows(long Connections, long Lists, long Counts, long RuleSwaps, long Settings, long Metrics, long Collections)
{
    public static Blows operator +(Blows a, Blows b) => new(
        a.Connections + b.Connections, a.Lists + b.Lists, a.Counts + b.Counts, a.RuleSwaps + b.RuleSwaps, a.Settings + b.Settings,
        a.Metrics + b.Metrics, a.Collections + b.Collections);
}

/// <summary>
/// Everything a control plane can be asked, all the time and at once: clients that list every connection, one that counts by condition, one
/// that swaps rules, one that swaps settings, one that reads counters; and full collections forced from outside, as a heap dump forces
/// one.
/// </summary>
sealed class Hammer : IAsyncDisposable
{
    const int Listers = 2;

    /// <summary>GCHeapCollect: the runtime collects everything when a session with this keyword begins.</summary>
    const long CollectKeyword = 0x80_0000;

    static readonly TimeSpan s_betweenCollections = TimeSpan.FromMilliseconds(100);
    static readonly TimeSpan s_betweenMetrics = TimeSpan.FromMilliseconds(10);

    readonly CancellationTokenSource _stop = new();
    readonly List<Task> _clients = [];
    long _connections, _lists, _counts, _swaps, _settings, _metrics, _collections;

    /// <summary>Begins with <paramref name="blows"/>, words of <see cref="Kinds"/>.</summary>
    public Hammer(RouterUnderTest router, IReadOnlyCollection<string> blows)
    {
        foreach (string blow in blows)
        {
            switch (blow)
            {
                case "lists":
                    for (int n = 0; n < Listers; n++)
                    {
                        Start(router, ListAsync);
                    }

                    break;
                case "counts":
                    Start(router, CountAsync);
                    break;
                case "rules":
                    Start(router, SwapRulesAsync);
                    break;
                case "settings":
                    Start(router, SwapSettingsAsync);
                    break;
                case "metrics":
                    Start(router, ReadMetricsAsync);
                    break;
                case "collections":
                    _clients.Add(Task.Run(() => CollectAsync(new DiagnosticsClient(router.ProcessId))));
                    break;
                default:
                    throw new ArgumentException($"'{blow}' is no kind of blow.", nameof(blows));
            }
        }
    }

    /// <summary>What a host can be hammered with.</summary>
    public static IReadOnlyList<string> Kinds { get; } = ["lists", "counts", "rules", "settings", "metrics", "collections"];

    /// <summary>How much it was so far.</summary>
    public Blows Blows => new(
        Volatile.Read(ref _connections), Volatile.Read(ref _lists), Volatile.Read(ref _counts), Volatile.Read(ref _swaps),
        Volatile.Read(ref _settings), Volatile.Read(ref _metrics), Volatile.Read(ref _collections));

    /// <summary>Stops; a client that failed fails the run.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await Task.WhenAll(_clients);
        _stop.Dispose();
    }

    void Start(RouterUnderTest router, Func<GrpcChannel, Task> client) => _clients.Add(Task.Run(async () =>
    {
        using GrpcChannel channel = router.Connect();
        try
        {
            await client(channel);
        }
        catch (RpcException) when (_stop.IsCancellationRequested)
        {
            // Cancelled, or unavailable when the stream's end was noticed first.
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
        }
    }));

    async Task ListAsync(GrpcChannel channel)
    {
        var client = new ConnectionService.ConnectionServiceClient(channel);
        while (!_stop.IsCancellationRequested)
        {
            using var call = client.ListConnections(new ListConnectionsRequest(), cancellationToken: _stop.Token);
            await foreach (ListConnectionsResponse page in call.ResponseStream.ReadAllAsync(_stop.Token))
            {
                Interlocked.Add(ref _connections, page.Connections.Count);
            }

            Interlocked.Increment(ref _lists);
        }
    }

    async Task CountAsync(GrpcChannel channel)
    {
        var client = new ConnectionService.ConnectionServiceClient(channel);
        while (!_stop.IsCancellationRequested)
        {
            await client.CountConnectionsAsync(new CountConnectionsRequest { Where = "src-address~\"[.]7:\" seen-reply" }, cancellationToken: _stop.Token);
            Interlocked.Increment(ref _counts);
        }
    }

    /// <summary>Two publications a round, and the rules are what they were. A round begun is finished: nothing is to be left over.</summary>
    async Task SwapRulesAsync(GrpcChannel channel)
    {
        var client = new FirewallService.FirewallServiceClient(channel);
        while (!_stop.IsCancellationRequested)
        {
            CreateRuleResponse made = await client.CreateRuleAsync(new CreateRuleRequest
            {
                Rule = new Rule { Chain = "forward", Action = "drop", SrcAddress = "203.0.113.0/24", Comment = "hammer" },
            });
            await client.DeleteRuleAsync(new DeleteRuleRequest { Id = made.Rule.Id });
            Interlocked.Add(ref _swaps, 2);
        }
    }

    async Task SwapSettingsAsync(GrpcChannel channel)
    {
        var client = new TrackingService.TrackingServiceClient(channel);
        for (int n = 0; !_stop.IsCancellationRequested; n++)
        {
            await client.UpdateTrackingAsync(new UpdateTrackingRequest { Tracking = new Tracking { IcmpTimeout = n % 2 == 0 ? "11s" : "10s" } });
            Interlocked.Increment(ref _settings);
        }
    }

    async Task ReadMetricsAsync(GrpcChannel channel)
    {
        var client = new TelemetryService.TelemetryServiceClient(channel);
        while (!_stop.IsCancellationRequested)
        {
            await client.GetStatsAsync(new GetStatsRequest(), cancellationToken: _stop.Token);
            Interlocked.Increment(ref _metrics);
            await Task.Delay(s_betweenMetrics, _stop.Token);
        }
    }

    async Task CollectAsync(DiagnosticsClient client)
    {
        EventPipeProvider[] providers = [new("Microsoft-Windows-DotNETRuntime", EventLevel.Informational, CollectKeyword)];
        while (!_stop.IsCancellationRequested)
        {
            using EventPipeSession session = await client.StartEventPipeSessionAsync(providers, requestRundown: false, circularBufferMB: 1, CancellationToken.None);
            Task drained = session.EventStream.CopyToAsync(Stream.Null);
            await session.StopAsync(CancellationToken.None);
            await drained;
            Interlocked.Increment(ref _collections);
            await Task.Delay(s_betweenCollections);
        }
    }
}
