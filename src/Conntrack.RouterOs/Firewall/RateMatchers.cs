namespace Conntrack.RouterOs.Firewall;

/// <summary>How often a rule matches, and when. A matcher that is null always holds.</summary>
public sealed record RateMatchers
{
    public static RateMatchers None { get; } = new();

    public Negatable<RateLimit>? Limit { get; init; }

    public FlowLimit? DstLimit { get; init; }

    public PortScanDetection? Psd { get; init; }

    public Negatable<EveryNth>? Nth { get; init; }

    /// <summary>Percent of packets that match, 1 to 99.</summary>
    public byte? Random { get; init; }

    public Negatable<ConnectionClassifier>? PerConnectionClassifier { get; init; }

    public Negatable<TimeWindow>? Time { get; init; }
}

/// <summary>Holds for <paramref name="Rate"/> packets or bits in each <paramref name="Per"/>, and <paramref name="Burst"/> of them at once.</summary>
public readonly record struct RateLimit(ulong Rate, TimeSpan Per, ulong Burst, bool Bits);

/// <summary>What makes packets one flow to <see cref="FlowLimit"/>.</summary>
public enum FlowKey : byte
{
    DstAddress,
    DstAddressAndPort,
    SrcAddress,
    SrcAndDstAddresses,
    AddressesAndDstPort,
}

/// <summary>
/// Holds for <paramref name="Rate"/> packets of each flow in each <paramref name="Per"/>, and <paramref name="Burst"/> at once; a flow is
/// forgotten after <paramref name="Expire"/> without a packet, null where nobody said.
/// </summary>
public readonly record struct FlowLimit(uint Rate, TimeSpan Per, uint Burst, FlowKey Key, TimeSpan? Expire);

/// <summary>
/// Holds when packets of one host to different ports, each within <paramref name="Delay"/> of the last, weigh <paramref name="Threshold"/>
/// together; a port below 1024 weighs <paramref name="LowPortWeight"/>, another <paramref name="HighPortWeight"/>.
/// </summary>
public readonly record struct PortScanDetection(uint Threshold, TimeSpan Delay, uint LowPortWeight, uint HighPortWeight);

/// <summary>Holds for packet <paramref name="Packet"/>, counted from 1, of each <paramref name="Every"/>.</summary>
public readonly record struct EveryNth(uint Every, uint Packet);

/// <summary>What <see cref="ConnectionClassifier"/> hashes. The bits are source and destination address, source and destination port.</summary>
[Flags]
public enum ClassifierKey : byte
{
    None = 0,
    SrcAddress = 1,
    DstAddress = 2,
    SrcPort = 4,
    DstPort = 8,
}

/// <summary>Holds for packets whose hash of <paramref name="Key"/> leaves <paramref name="Remainder"/> when divided by <paramref name="Denominator"/>.</summary>
public readonly record struct ConnectionClassifier(ClassifierKey Key, uint Denominator, uint Remainder);

/// <summary>Days of the week, Sunday the lowest bit, as <see cref="DayOfWeek"/> counts.</summary>
[Flags]
public enum RuleDays : byte
{
    None = 0,
    Sunday = 1,
    Monday = 2,
    Tuesday = 4,
    Wednesday = 8,
    Thursday = 16,
    Friday = 32,
    Saturday = 64,
}

/// <summary>From one time of day to another, both since midnight in the router's time zone, on some days; a range may pass midnight.</summary>
public readonly record struct TimeWindow(TimeSpan From, TimeSpan To, RuleDays Days);
