using System.Diagnostics;
using System.Text.RegularExpressions;
using Conntrack.Live.Bed;
using Conntrack.V1;

namespace Conntrack.Live.Routers;

/// <summary>What holds of a router when a scene is over.</summary>
static partial class CtrackEnd
{
    static readonly TimeSpan s_patience = TimeSpan.FromSeconds(10);

    /// <summary>rx + generated == tx + consumed + dropped + held, at a quiet moment; hosts that still speak make it one of several.</summary>
    public static async Task<Outcome> BooksAsync(CtrackRouter router)
    {
        var clock = Stopwatch.StartNew();
        try
        {
            using var late = new CancellationTokenSource(s_patience);
            while (true)
            {
                GetStatsResponse stats = await router.StatsAsync(late.Token);
                (ulong came, ulong went, string figure) = Books(stats);
                if (came == went)
                {
                    return new Outcome(Verdict.Passed, figure, clock.Elapsed);
                }

                if (clock.Elapsed > s_patience / 2)
                {
                    return new Outcome(Verdict.Failed, $"{came} came and {went} went: {figure}", clock.Elapsed);
                }

                await Task.Delay(50, late.Token);
            }
        }
        catch (Exception exception) when (exception is OperationCanceledException or Grpc.Core.RpcException)
        {
            return new Outcome(Verdict.Failed, $"it does not answer: {exception.Message}", clock.Elapsed);
        }
    }

    public static (ulong Came, ulong Went, string Figure) Books(GetStatsResponse stats)
    {
        ulong dropped = stats.Dropped.Values.Aggregate(0ul, (sum, count) => sum + count);
        string reasons = string.Join(", ", stats.Dropped.OrderByDescending(pair => pair.Value).Select(pair => $"{pair.Key} {pair.Value}"));
        return (
            stats.Rx + stats.Generated,
            stats.Tx + stats.Consumed + dropped + stats.Held,
            $"rx {stats.Rx} generated {stats.Generated} tx {stats.Tx} consumed {stats.Consumed} held {stats.Held}, dropped: {(reasons.Length > 0 ? reasons : "none")}");
    }

    /// <summary>SIGTERM ends it with exit code 0, and it has said nothing but that it runs and what its links did.</summary>
    public static async Task<Outcome> TerminateAsync(RunningProgram process)
    {
        var clock = Stopwatch.StartNew();
        bool wasAlive = !process.HasExited;
        int? exitCode = await process.TerminateAsync();
        string complaint = Complaint(process.Error);
        bool well = wasAlive && exitCode == 0 && complaint.Length == 0;
        string how = !wasAlive ? "it had ended by itself" : exitCode is int code ? $"exit code {code}" : "it had to be killed";
        return new Outcome(well ? Verdict.Passed : Verdict.Failed, complaint.Length == 0 ? how : $"{how}; it said: {complaint}", clock.Elapsed);
    }

    static string Complaint(string error) => string.Join(
        " | ", error.Split('\n', StringSplitOptions.RemoveEmptyEntries).Where(line => !Expected().IsMatch(line)));

    /// <summary>
    /// Two workers and the control plane on two CPUs are warned of, and rightly, and so is a worker whose CPU the hosts' programs have; links
    /// that come and go are told of.
    /// </summary>
    [GeneratedRegex("^warn: .*DefaultHealthCheckService.* waits for its CPU, on which something else runs'$|^ctrack: (running; |warning: [0-9]+ workers? and the control plane share |ether[0-9]+: link (up|down)$|ether[0-9]+: .*it is tried again$)")]
    private static partial Regex Expected();
}
