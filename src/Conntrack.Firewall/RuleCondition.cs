using System.Collections.Immutable;
using Conntrack.Memory;
using Conntrack.Tracking.Helpers;

namespace Conntrack.Firewall;

/// <summary>
/// One thing a rule asks besides the axes. Made by the methods below, which say what each asks; <see cref="Negated"/> turns the answer over.
/// </summary>
public sealed record RuleCondition
{
    RuleCondition(ConditionKind kind) => Kind = kind;

    public ConditionKind Kind { get; }

    public bool Negated { get; init; }

    /// <summary>A small operand: a set, a mark, a number of a list; what it is, <see cref="Condition"/> tells by kind.</summary>
    internal ushort Small { get; init; }

    internal uint Middle { get; init; }

    internal ulong First { get; init; }

    internal ulong Last { get; init; }

    internal uint Extra { get; init; }

    /// <summary>What is laid beside the condition: text, or ranges of ports.</summary>
    internal ImmutableArray<byte> Text { get; init; } = [];

    /// <summary>Of layer7-protocol.</summary>
    internal Layer7Pattern? Pattern { get; init; }

    /// <summary>src-mac-address: 48 bits, the first byte of the address highest.</summary>
    public static RuleCondition SrcMac(ulong address) => new(ConditionKind.SrcMac) { First = address };

    /// <summary>in-bridge-port, or a list of them: the packet came by one of these ports, which belong to bridges.</summary>
    public static RuleCondition InBridgePort(IEnumerable<ushort> ports) => new(ConditionKind.InBridgePort) { Text = Numbers(ports) };

    /// <summary>out-bridge-port: the packet is on its way over a bridge and leaves by one of these ports.</summary>
    public static RuleCondition OutBridgePort(IEnumerable<ushort> ports) => new(ConditionKind.OutBridgePort) { Text = Numbers(ports) };

    /// <summary>src-address-type.</summary>
    public static RuleCondition SrcAddressType(AddressTypes types) => new(ConditionKind.SrcAddressType) { Small = (ushort)types };

    /// <summary>dst-address-type.</summary>
    public static RuleCondition DstAddressType(AddressTypes types) => new(ConditionKind.DstAddressType) { Small = (ushort)types };

    /// <summary>src-address-list, by the list's number.</summary>
    public static RuleCondition SrcAddressList(ushort list) => new(ConditionKind.SrcAddressList) { Small = list };

    /// <summary>dst-address-list, by the list's number.</summary>
    public static RuleCondition DstAddressList(ushort list) => new(ConditionKind.DstAddressList) { Small = list };

    /// <summary>ttl or hop-limit within bounds: <c>equal:5</c> is 5 to 5, <c>less-than:5</c> 0 to 4.</summary>
    public static RuleCondition Ttl(byte first, byte last) => Range(ConditionKind.Ttl, first, last);

    /// <summary>dscp, 0 to 63.</summary>
    public static RuleCondition Dscp(byte value) => Range(ConditionKind.Dscp, value, value);

    /// <summary>packet-size in bytes from the IP header on.</summary>
    public static RuleCondition PacketSize(uint first, uint last) => Range(ConditionKind.PacketSize, first, last);

    /// <summary>tls-host: the server name of a TLS client hello, <c>*</c> for any part of it; letters of any case.</summary>
    public static RuleCondition TlsHost(string pattern) => new(ConditionKind.TlsHost) { Text = [.. System.Text.Encoding.UTF8.GetBytes(pattern.ToLowerInvariant())] };

    /// <summary>ipv4-options.</summary>
    public static RuleCondition Ipv4Options(Ipv4Option option) => new(ConditionKind.Ipv4Options) { Small = (ushort)option };

    /// <summary>headers: exactly these, or where <paramref name="contains"/> these among others.</summary>
    public static RuleCondition Headers(Ipv6ExtensionHeaders headers, bool contains) =>
        new(ConditionKind.Ipv6Headers) { Small = (ushort)headers, Middle = contains ? 1u : 0 };

    /// <summary>fragment: a second or later one.</summary>
    public static RuleCondition Fragment() => new(ConditionKind.Fragment);

    /// <summary>port: source or destination in any of the ranges, host order. Packets without ports never match, negated or not.</summary>
    public static RuleCondition Port(params IEnumerable<(ushort First, ushort Last)> ranges)
    {
        List<byte> text = [];
        foreach ((ushort first, ushort last) in ranges)
        {
            text.AddRange([(byte)first, (byte)(first >> 8), (byte)last, (byte)(last >> 8)]);
        }

        return new(ConditionKind.Port) { Text = [.. text] };
    }

    /// <summary>tcp-flags as bits of the header's byte.</summary>
    /// <param name="set">Those that have to be set.</param>
    /// <param name="clear">Those that must not be.</param>
    public static RuleCondition TcpFlags(byte set, byte clear) => new(ConditionKind.TcpFlags) { Small = (ushort)((set | clear) | (set << 8)) };

    /// <summary>tcp-mss: what the option says. Without the option it is out of every range, so the negated condition holds.</summary>
    public static RuleCondition TcpMss(ushort first, ushort last) => Range(ConditionKind.TcpMss, first, last);

    /// <summary>icmp-options: type and codes.</summary>
    public static RuleCondition IcmpOptions(byte type, byte firstCode, byte lastCode) =>
        Range(ConditionKind.IcmpOptions, firstCode, lastCode) with { Small = type };

    /// <summary>priority that rules have set, else the one the packet came with.</summary>
    public static RuleCondition Priority(byte value) => Range(ConditionKind.Priority, value, value);

    /// <summary>ingress-priority: that of the VLAN tag the packet came with, 0 without one.</summary>
    public static RuleCondition IngressPriority(byte value) => Range(ConditionKind.IngressPriority, value, value);

    /// <summary>packet-mark, 0 for no-mark.</summary>
    public static RuleCondition PacketMark(ushort mark) => new(ConditionKind.PacketMark) { Small = mark };

    /// <summary>routing-mark: the number of the table, 0 for no-mark.</summary>
    public static RuleCondition RoutingMark(ushort table) => new(ConditionKind.RoutingMark) { Small = table };

    /// <summary>routing-table: where the packet's route was found, 0 for main. Before its route is known, and without one, it is none.</summary>
    public static RuleCondition RoutingTable(ushort table) => new(ConditionKind.RoutingTable) { Small = table };

    /// <summary>connection-mark, 0 for no-mark; a packet without a connection has none.</summary>
    public static RuleCondition ConnectionMark(ushort mark) => new(ConditionKind.ConnectionMark) { Small = mark };

    /// <summary>time, of UTC. A range that ends before it begins passes midnight, and belongs to the day it is that moment.</summary>
    public static RuleCondition Time(TimeSpan first, TimeSpan last, params IEnumerable<DayOfWeek> days)
    {
        int set = days.Aggregate(0, (sum, day) => sum | (1 << (int)day));
        return Range(ConditionKind.Time, (ulong)first.TotalSeconds, (ulong)last.TotalSeconds) with { Small = (ushort)(set == 0 ? 0x7f : set) };
    }

    /// <summary>connection-bytes: both directions, this packet included; a <paramref name="last"/> of 0 is no bound.</summary>
    public static RuleCondition ConnectionBytes(ulong first, ulong last) => Range(ConditionKind.ConnectionBytes, first, last == 0 ? ulong.MaxValue : last);

    /// <summary>
    /// connection-limit: the packet's connection is one of more than <paramref name="connections"/> alive that this rule was asked for, of sources
    /// whose first <paramref name="prefix"/> bits are the same. Shared by all workers.
    /// </summary>
    /// <param name="connections">How many do not match yet.</param>
    /// <param name="prefix">0 to 32, of IPv6 to 128.</param>
    /// <param name="rule">Tells the rule from all others, also those before it in its slot.</param>
    public static RuleCondition ConnectionLimit(uint connections, byte prefix, uint rule) =>
        new(ConditionKind.ConnectionLimit) { Small = prefix, First = connections, Last = connections, Extra = rule };

    /// <summary>connection-rate: bits a second of both directions in the latest whole second; a <paramref name="last"/> of 0 is no bound.</summary>
    public static RuleCondition ConnectionRate(ulong first, ulong last) => Range(ConditionKind.ConnectionRate, first, last == 0 ? ulong.MaxValue : last);

    /// <summary>connection-type: a connection that this helper has announced.</summary>
    public static RuleCondition ConnectionType(HelperKind helper) => new(ConditionKind.ConnectionType) { Small = (ushort)helper };

    /// <summary>connection-nat-state: any of these translations; where nothing of a mapping is asked for, the rule's axis does it.</summary>
    public static RuleCondition MappedState(RuleNatStates states) => new(ConditionKind.MappedState) { Small = (ushort)states };

    /// <summary>While the nat table is asked for a destination: an endpoint-independent mapping stands for the packet's.</summary>
    public static RuleCondition Mapped() => new(ConditionKind.Mapped);

    /// <summary>What no packet is.</summary>
    public static RuleCondition Never() => new(ConditionKind.Never);

    /// <summary>content: bytes anywhere in the packet, headers included, as far as its first buffer reaches.</summary>
    public static RuleCondition Content(ReadOnlySpan<byte> text) => new(ConditionKind.Content) { Text = [.. text] };

    /// <summary>psd: a port scan, the weights of the ports one address asked for reaching a sum, each within a delay of the one before.</summary>
    public static RuleCondition Psd(ushort weight, TimeSpan delay, ushort lowPort, ushort highPort) =>
        new(ConditionKind.Psd) { Small = weight, Middle = lowPort | ((uint)highPort << 16), First = TicksOf(delay) };

    /// <summary>layer7-protocol: the pattern is found in the first packets of the connection.</summary>
    public static RuleCondition Layer7(Layer7Pattern pattern) => new(ConditionKind.Layer7) { Small = pattern.Number, Pattern = pattern };

    /// <summary>random: 1 to 99 of a hundred packets.</summary>
    public static RuleCondition Random(byte percent) => new(ConditionKind.Random) { Small = percent };

    /// <summary>nth: of every <paramref name="every"/> packets the <paramref name="packet"/>-th, from 1.</summary>
    public static RuleCondition Nth(uint every, uint packet) => new(ConditionKind.Nth) { First = every, Last = packet };

    /// <summary>per-connection-classifier: a hash of the fields leaves this remainder.</summary>
    public static RuleCondition PerConnectionClassifier(PacketFields fields, uint denominator, uint remainder) =>
        new(ConditionKind.PerConnectionClassifier) { Small = (ushort)fields, First = denominator, Last = remainder };

    /// <summary>limit: up to a rate, after a burst. Shared by all workers.</summary>
    /// <param name="rate">Packets, or bits, in <paramref name="time"/>.</param>
    /// <param name="time">At least a tick.</param>
    /// <param name="burst">Packets, or bits, at once.</param>
    /// <param name="bits">Whether bits are counted.</param>
    public static RuleCondition Limit(ulong rate, TimeSpan time, ulong burst, bool bits) => new(ConditionKind.Limit)
    {
        First = bits ? Math.Max(rate / 8, 1) : rate,
        Last = bits ? Math.Max(burst / 8, 1) : burst,
        Middle = (uint)TicksOf(time),
        Small = bits ? (ushort)1 : (ushort)0,
    };

    /// <summary>dst-limit: the same for each value of some fields, forgotten after a time without a packet.</summary>
    public static RuleCondition DstLimit(uint rate, TimeSpan time, uint burst, PacketFields fields, TimeSpan expire) => new(ConditionKind.DstLimit)
    {
        First = rate,
        Last = burst,
        Middle = (uint)TicksOf(time),
        Small = (ushort)fields,
        Extra = (uint)TicksOf(expire),
    };

    static RuleCondition Range(ConditionKind kind, ulong first, ulong last) => new(kind) { First = first, Last = last };

    static ImmutableArray<byte> Numbers(IEnumerable<ushort> numbers) =>
        [.. numbers.SelectMany(static number => (byte[])[(byte)number, (byte)(number >> 8)])];

    static ulong TicksOf(TimeSpan time) =>
        (ulong)Math.Clamp(time.Ticks / (TimeSpan.TicksPerSecond / Timestamp.TicksPerSecond), 1, (long)Timestamp.MaxTicks);
}
