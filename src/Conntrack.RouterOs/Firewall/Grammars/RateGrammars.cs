using Conntrack.RouterOs.Menus;
using Conntrack.RouterOs.Values;

namespace Conntrack.RouterOs.Firewall.Grammars;

/// <summary>Matchers that count packets.</summary>
static class RateGrammars
{
    /// <summary><c>rate[/time],burst[:packet|bit]</c></summary>
    public static ValueGrammar<RateLimit> Limit { get; } = new FormGrammar<RateLimit>(
        "rate[/time],burst[:packet or :bit], such as 50,5:packet or 10/1m,5", "is no limit", ReadLimit, WriteLimit);

    static readonly WordGrammar<FlowKey> s_flowKeys = new(
        ("dst-address", FlowKey.DstAddress), ("dst-address-and-port", FlowKey.DstAddressAndPort), ("src-address", FlowKey.SrcAddress),
        ("src-and-dst-addresses", FlowKey.SrcAndDstAddresses), ("addresses-and-dst-port", FlowKey.AddressesAndDstPort));

    /// <summary><c>rate[/time],burst,mode[/expire]</c></summary>
    public static ValueGrammar<FlowLimit> DstLimit { get; } = new FormGrammar<FlowLimit>(
        $"rate[/time],burst,mode[/expire] with mode {s_flowKeys.Expected}", "is no limit of flows", ReadFlowLimit, WriteFlowLimit);

    /// <summary><c>weight,delay,low-port-weight,high-port-weight</c></summary>
    public static ValueGrammar<PortScanDetection> Psd { get; } = new FormGrammar<PortScanDetection>(
        "weight,delay,low-port-weight,high-port-weight, such as 21,3s,3,1", "is no detection of port scans", ReadPsd,
        static psd => $"{psd.Threshold},{RouterOsTime.Format(psd.Delay)},{psd.LowPortWeight},{psd.HighPortWeight}");

    /// <summary><c>every,packet</c></summary>
    public static ValueGrammar<EveryNth> Nth { get; } = new FormGrammar<EveryNth>(
        "every,packet such as 4,1, the packet not above every", "is no nth packet", ReadNth, static nth => $"{nth.Every},{nth.Packet}");

    static readonly WordGrammar<ClassifierKey> s_classifiers = new(
        ("src-address", ClassifierKey.SrcAddress), ("dst-address", ClassifierKey.DstAddress),
        ("both-addresses", ClassifierKey.SrcAddress | ClassifierKey.DstAddress), ("src-port", ClassifierKey.SrcPort),
        ("src-address-and-port", ClassifierKey.SrcAddress | ClassifierKey.SrcPort), ("dst-port", ClassifierKey.DstPort),
        ("dst-address-and-port", ClassifierKey.DstAddress | ClassifierKey.DstPort),
        ("both-ports", ClassifierKey.SrcPort | ClassifierKey.DstPort),
        ("both-addresses-and-ports", ClassifierKey.SrcAddress | ClassifierKey.DstAddress | ClassifierKey.SrcPort | ClassifierKey.DstPort));

    /// <summary><c>what:denominator/remainder</c></summary>
    public static ValueGrammar<ConnectionClassifier> Classifier { get; } = new FormGrammar<ConnectionClassifier>(
        $"what:denominator/remainder such as both-addresses:2/0, with {s_classifiers.Expected}", "is no classifier", ReadClassifier,
        static pcc => $"{s_classifiers.Format(pcc.Key)}:{pcc.Denominator}/{pcc.Remainder}");

    static RateLimit? ReadLimit(string text)
    {
        (string head, string? tail) = Numerals.Split(text, ',');
        (string burst, string? mode) = Numerals.Split(tail ?? "", ':');
        return mode is null or "packet" or "bit" && ReadPer(head) is var (rate, per)
            && Numerals.ReadScaled(burst, 2_000_000_000) is { } most && rate is > 0 and <= 32_000_000_000
            ? new(rate, per, most, mode == "bit")
            : null;
    }

    static string WriteLimit(RateLimit limit) => limit.Bits
        ? $"{Numerals.WriteScaled(limit.Rate)}{WritePer(limit.Per)},{Numerals.WriteScaled(limit.Burst)}:bit"
        : $"{limit.Rate}{WritePer(limit.Per)},{limit.Burst}:packet";

    static FlowLimit? ReadFlowLimit(string text)
    {
        string[] parts = text.Split(',');
        if (parts.Length != 3 || ReadPer(parts[0]) is not var (rate, per) || rate is 0 or > uint.MaxValue
            || Numerals.Read(parts[1], uint.MinValue, uint.MaxValue) is not { } burst)
        {
            return null;
        }

        (string mode, string? expire) = Numerals.Split(parts[2], '/');
        TimeSpan forgotten = default;
        return s_flowKeys.Parse(mode, out FlowKey key) is null && (expire is null || TryReadSeconds(expire, out forgotten))
            ? new((uint)rate, per, burst, key, expire is null ? null : forgotten)
            : null;
    }

    static string WriteFlowLimit(FlowLimit limit) =>
        $"{limit.Rate}{WritePer(limit.Per)},{limit.Burst},{s_flowKeys.Format(limit.Key)}"
        + (limit.Expire is { } expire ? "/" + RouterOsTime.Format(expire) : "");

    static PortScanDetection? ReadPsd(string text) =>
        text.Split(',') is [var weight, var delay, var low, var high]
        && Numerals.Read(weight, 1u, uint.MaxValue) is { } threshold && TryReadSeconds(delay, out TimeSpan time)
        && Numerals.Read(low, 0u, uint.MaxValue) is { } lowWeight && Numerals.Read(high, 0u, uint.MaxValue) is { } highWeight
            ? new(threshold, time, lowWeight, highWeight)
            : null;

    static EveryNth? ReadNth(string text)
    {
        (string head, string? tail) = Numerals.Split(text, ',');
        return Numerals.Read(head, 1u, uint.MaxValue) is { } every && Numerals.Read(tail ?? "1", 1u, every) is { } packet
            ? new(every, packet)
            : null;
    }

    static ConnectionClassifier? ReadClassifier(string text)
    {
        (string kind, string? share) = Numerals.Split(text, ':');
        (string denominator, string? remainder) = Numerals.Split(share ?? "", '/');
        return s_classifiers.Parse(kind, out ClassifierKey key) is null && Numerals.Read(denominator, 1u, uint.MaxValue) is { } divisor
            && Numerals.Read(remainder ?? "", 0u, divisor - 1) is { } rest
            ? new(key, divisor, rest)
            : null;
    }

    /// <summary><c>rate[/time]</c>; a second where nobody says.</summary>
    static (ulong Rate, TimeSpan Per)? ReadPer(string text)
    {
        (string head, string? tail) = Numerals.Split(text, '/');
        TimeSpan per = TimeSpan.FromSeconds(1);
        return Numerals.ReadScaled(head, ulong.MaxValue) is { } rate && (tail is null || (TryReadSeconds(tail, out per) && per > TimeSpan.Zero))
            ? (rate, per)
            : null;
    }

    static string WritePer(TimeSpan per) => per == TimeSpan.FromSeconds(1) ? "" : "/" + RouterOsTime.Format(per);

    static bool TryReadSeconds(string text, out TimeSpan time) =>
        RouterOsTime.TryParse(text, out time) && time.Ticks % TimeSpan.TicksPerSecond == 0;
}
