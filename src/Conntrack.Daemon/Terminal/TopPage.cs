using System.Globalization;
using System.Text;
using Conntrack.RouterOs.Printing;
using Conntrack.V1;
using Google.Protobuf.Collections;

namespace Conntrack.Daemon.Terminal;

/// <summary>The page of <c>ctrack top</c>: rates from the difference of two looks, columns under their names.</summary>
sealed class TopPage
{
    const int AddressWidth = 26;

    readonly StringBuilder _text = new();

    TopPage()
    {
    }

    /// <summary>The page.</summary>
    /// <param name="before">Counters at the beginning of an interval.</param>
    /// <param name="stats">At its end.</param>
    /// <param name="seconds">How long it was.</param>
    /// <param name="talkers">Who did most.</param>
    public static string Of(GetStatsResponse before, GetStatsResponse stats, double seconds, ListTopTalkersResponse talkers)
    {
        var page = new TopPage();
        page.Summary(before, stats, seconds);
        page.Workers(before, stats, seconds);
        page.Interfaces(stats);
        page.Drops(before, stats, seconds);
        page.Ranking("CONNECTIONS HELD", talkers.Entries);
        page.Ranking("NEW CONNECTIONS A SECOND", talkers.NewConnections);
        page.Ranking("DROPS A SECOND", talkers.Drops);
        page.Fastest(talkers);
        return page._text.ToString();
    }

    void Summary(GetStatsResponse before, GetStatsResponse stats, double seconds)
    {
        TableStats tracking = stats.Tracking;
        Line($"rx {Rate(before.Rx, stats.Rx, seconds)} pps   tx {Rate(before.Tx, stats.Tx, seconds)} pps   held {NumberText.Counter(stats.Held)}   buffers free {NumberText.Counter(stats.Buffers.Free)} of {NumberText.Counter(stats.Buffers.Total)}");
        Line($"connections {NumberText.Counter(tracking.TotalEntries)} of {NumberText.Counter(tracking.MaxEntries)}   ipv4 {NumberText.Counter(tracking.TotalIp4Entries)}   ipv6 {NumberText.Counter(tracking.TotalIp6Entries)}   new {Rate(before.Tracking.Created, tracking.Created, seconds)}/s{Ended(before.Tracking, tracking, seconds)}");
        Line("");
    }

    static string Ended(TableStats before, TableStats now, double seconds) => string.Concat(now.Removed
        .OrderBy(reason => reason.Key, StringComparer.Ordinal)
        .Select(reason => $"   {reason.Key} {Rate(before.Removed.TryGetValue(reason.Key, out ulong was) ? was : 0, reason.Value, seconds)}/s"));

    void Workers(GetStatsResponse before, GetStatsResponse stats, double seconds)
    {
        Line($"{"WORKER",-8}{"RX PPS",14}{"TX PPS",14}{"CONNECTIONS",14}{"BUSY",8}{"HANDED OVER",14}");
        foreach ((WorkerStats was, WorkerStats worker) in before.Workers.Zip(stats.Workers))
        {
            ulong bursts = worker.Bursts - was.Bursts;
            double busy = bursts == 0 ? 0 : 1 - ((worker.EmptyPolls - was.EmptyPolls) / (double)bursts);
            Line($"{worker.Worker,-8}{Rate(was.Rx, worker.Rx, seconds),14}{Rate(was.Tx, worker.Tx, seconds),14}{NumberText.Counter(worker.TotalEntries),14}{Percent(busy),8}{Percent(worker.HandedOverShare),14}");
        }

        Line("");
    }

    void Interfaces(GetStatsResponse stats)
    {
        Line($"{"INTERFACE",-18}{"RX PPS",14}{"RX",12}{"TX PPS",14}{"TX",12}{"RX MISSED",12}{"TX DROP",12}");
        foreach ((string name, InterfaceStats port) in stats.Interfaces.OrderBy(port => port.Key, StringComparer.Ordinal))
        {
            Line($"{name,-18}{NumberText.Counter(port.RxPacketsPerSecond),14}{NumberText.Rate(port.RxBitsPerSecond),12}{NumberText.Counter(port.TxPacketsPerSecond),14}{NumberText.Rate(port.TxBitsPerSecond),12}{NumberText.Counter(port.RxMissed),12}{NumberText.Counter(port.TxQueueDrop),12}");
        }

        Line("");
    }

    void Drops(GetStatsResponse before, GetStatsResponse stats, double seconds)
    {
        if (stats.Dropped.Count == 0)
        {
            return;
        }

        Line($"{"DROPPED",-24}{"A SECOND",14}{"ALL",18}");
        foreach ((string reason, ulong count) in stats.Dropped.OrderByDescending(reason => reason.Value))
        {
            ulong was = before.Dropped.TryGetValue(reason, out ulong earlier) ? earlier : 0;
            Line($"{reason,-24}{Rate(was, count, seconds),14}{NumberText.Counter(count),18}");
        }

        Line("");
    }

    void Ranking(string title, TalkerRanking ranking)
    {
        if (ranking is null || ranking.Total == 0)
        {
            return;
        }

        Line($"{title + ", SOURCES",-(AddressWidth + 12)}  {"DESTINATIONS",-(AddressWidth + 12)}  of {NumberText.Counter(ranking.Total)}");
        for (int row = 0; row < Math.Max(ranking.Sources.Count, ranking.Destinations.Count); row++)
        {
            Line($"{Cell(ranking.Sources, row)}  {Cell(ranking.Destinations, row)}");
        }

        Line("");
    }

    static string Cell(RepeatedField<Talker> talkers, int row) =>
        row < talkers.Count ? $"{talkers[row].Address,-AddressWidth}{NumberText.Counter(talkers[row].Count),12}" : new string(' ', AddressWidth + 12);

    void Fastest(ListTopTalkersResponse talkers)
    {
        if (talkers.Fastest.Count == 0)
        {
            return;
        }

        Line($"{"PROTOCOL",-10}{"SRC-ADDRESS",-30}{"DST-ADDRESS",-30}{"ORIG-RATE",12}{"REPL-RATE",12}");
        foreach (FastConnection connection in talkers.Fastest)
        {
            string source = connection.HasSrcPort ? $"[{connection.SrcAddress}]:{connection.SrcPort}" : connection.SrcAddress;
            string destination = connection.HasDstPort ? $"[{connection.DstAddress}]:{connection.DstPort}" : connection.DstAddress;
            Line($"{connection.Protocol,-10}{source,-30}{destination,-30}{NumberText.Rate(connection.OrigRate),12}{NumberText.Rate(connection.ReplRate),12}");
        }
    }

    static string Rate(ulong before, ulong now, double seconds) => NumberText.Counter((ulong)Math.Round((now - before) / seconds));

    static string Percent(double share) => share.ToString("P0", CultureInfo.InvariantCulture).Replace(" ", "", StringComparison.Ordinal);

    void Line(string line) => _text.Append(line.TrimEnd()).Append('\n');
}
