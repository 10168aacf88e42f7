using System.Globalization;
using Conntrack.Dataplane.Tests.Replays;
using Conntrack.Tracking;

namespace Conntrack.Dataplane.Tests;

/// <summary>A line of <c>flows.tsv</c>, and what RouterOS's defaults make of such a flow.</summary>
sealed record DemoFlow(
    byte Protocol, string Src, ushort SrcPort, string Dst, ushort DstPort, ushort IcmpId, ulong[] Counters, TimeSpan First, TimeSpan Last, string End)
{
    public static DemoFlow[] ReadAll(string file) => [.. File.ReadLines(file).Skip(1).Select(line => Parse(line.Split('\t')))];

    /// <summary>The instant from which on it is no longer listed.</summary>
    public TimeSpan Ends => Last + Timeout;

    bool Replied => Counters[2] != 0;

    /// <summary>A TCP handshake was completed; a UDP flow is more than a question and its answer once it lives longer than two seconds.</summary>
    bool Assured => Protocol switch
    {
        6 => End is "closed" or "open" or "reset",
        17 => Replied && Last - First > TimeSpan.FromSeconds(2),
        _ => false,
    };

    TimeSpan Timeout => (Protocol, End) switch
    {
        (6, "open") => TimeSpan.FromDays(1),
        (6, "closed" or "reset") => TimeSpan.FromSeconds(10),
        (6, "unanswered") => TimeSpan.FromSeconds(5),
        (6, "refused") => TimeSpan.Zero,
        (17, _) => TimeSpan.FromSeconds(Replied ? 180 : 30),
        _ => TimeSpan.FromSeconds(10),
    };

    string TcpState => Protocol != 6 ? "" : End switch
    {
        "open" => nameof(Tracking.TcpState.Established),
        "closed" => nameof(Tracking.TcpState.TimeWait),
        "reset" => nameof(Tracking.TcpState.Close),
        _ => nameof(Tracking.TcpState.SynSent),
    };

    /// <summary>As it is listed at this time.</summary>
    public string Describe(TimeSpan now)
    {
        ConnectionFlags flags = ConnectionFlags.Confirmed
            | (Replied ? ConnectionFlags.SeenReply : ConnectionFlags.None)
            | (Assured ? ConnectionFlags.Assured : ConnectionFlags.None);
        string ports = Protocol is 1 or 58 ? $"id {IcmpId}" : $"{SrcPort} {DstPort}";
        return $"{Protocol} {Src} {Dst} {ports} {TcpState} {flags} {string.Join(' ', Counters)} {Seconds(Ends - now)}s";
    }

    public static string Describe(ConnectionLine line)
    {
        ArgumentNullException.ThrowIfNull(line);
        string ports = line.Protocol is 1 or 58 ? $"id {line.SrcPort}" : $"{line.SrcPort} {line.DstPort}";
        string state = line.Protocol == 6 ? line.TcpState.ToString() : "";
        return $"{line.Protocol} {line.Src} {line.Dst} {ports} {state} {line.Flags} {line.OriginalPackets} {line.OriginalBytes} "
            + $"{line.ReplyPackets} {line.ReplyBytes} {Seconds(line.Timeout)}s";
    }

    /// <summary>To the millisecond: time is kept in microseconds, and both ends of the subtraction are cut.</summary>
    static string Seconds(TimeSpan time) => Math.Round(time.TotalSeconds, 3).ToString("F3", CultureInfo.InvariantCulture);

    static DemoFlow Parse(string[] fields) => new(
        fields[0] switch
        {
            "icmp" => 1,
            "tcp" => 6,
            "udp" => 17,
            _ => 58,
        },
        fields[1],
        Number(fields[2]),
        fields[3],
        Number(fields[4]),
        Number(fields[5]),
        [.. fields[6..10].Select(text => ulong.Parse(text, CultureInfo.InvariantCulture))],
        Time(fields[10]),
        Time(fields[11]),
        fields[12]);

    static ushort Number(string text) => text.Length == 0 ? (ushort)0 : ushort.Parse(text, CultureInfo.InvariantCulture);

    static TimeSpan Time(string text) => TimeSpan.FromTicks((long)(decimal.Parse(text, CultureInfo.InvariantCulture) * TimeSpan.TicksPerSecond));
}
