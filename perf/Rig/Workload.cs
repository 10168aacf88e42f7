using System.Globalization;

namespace Conntrack.Rig;

/// <summary>What the source makes.</summary>
enum TrafficKind
{
    /// <summary>Packets of connections that were all opened before, uniformly random, both directions.</summary>
    Established,

    /// <summary>A SYN of another connection in every packet.</summary>
    Flood,
}

/// <summary>How a worker gets its packets.</summary>
enum PortMode
{
    /// <summary>A wire whose two ends are sources, one direction each.</summary>
    Two,

    /// <summary>A wire with the source of both directions at one end and a sink at the other.</summary>
    One,
}

/// <summary>One row of a run: what every contender has to do.</summary>
sealed record Workload(TrafficKind Kind, PortMode Ports, int Family, string Protocol, uint Connections)
{
    /// <summary>Connections opened a second: slower than tables are committed ahead on a busy machine, unless there are very many.</summary>
    const int Slow = 300_000;
    const int Fast = 1_000_000;
    const uint SlowlyOpened = 2_000_000;

    /// <summary>Which flow is next: uniform or zipf.</summary>
    public string Order { get; init; } = "uniform";

    /// <summary>Bytes of a frame; 0 for IMIX (7 × 64, 4 × 570, 1 × 1514), null for the smallest.</summary>
    public int? FrameBytes { get; init; }

    /// <summary>Replies go to the address that a source NAT puts in place of the clients'.</summary>
    public bool Translated { get; init; }

    /// <summary>Frames that come by each port a second, as by a NIC; 0 where there is always another one.</summary>
    public ulong FramesPerSecond { get; init; }

    /// <summary>With a rate: frames of connections nobody has seen, which come a second besides.</summary>
    public ulong AttackPerSecond { get; init; }

    /// <summary>What the attack consists of, in the packet source's words.</summary>
    public string Attacker { get; init; } = "syn";

    /// <summary>What one buffer of a forwarder has to hold, DPDK's headroom of 128 bytes included.</summary>
    public int BufferBytes => FrameBytes is null or 64 ? 256 : 2176;

    public string Name =>
        Kind == TrafficKind.Flood
            ? $"IPv{Family} {Protocol} SYN flood"
            : string.Create(CultureInfo.InvariantCulture, $"IPv{Family} {Protocol} {Count(Connections)}, {(Ports == PortMode.Two ? "2 ports" : "1 port")}");

    /// <summary>
    /// The device strings of both ends of the wire: first the servers', which is the provider's side of a router, then the clients'. With
    /// one port the first is the source of both directions.
    /// </summary>
    /// <param name="opensFlows">Whether each connection is opened once before the random packets; a forwarder without state needs none.</param>
    /// <param name="counters">Path of the counters.</param>
    public IReadOnlyList<string> Devices(bool opensFlows, string counters)
    {
        string warm = opensFlows && Kind == TrafficKind.Established
            ? string.Create(CultureInfo.InvariantCulture, $",warm=1,pace={(Connections > SlowlyOpened ? Fast : Slow)}") : "";
        string size = FrameBytes is int bytes ? string.Create(CultureInfo.InvariantCulture, $",size={bytes}") : "";
        string rate = FramesPerSecond == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $",rate={FramesPerSecond}");
        string attack = AttackPerSecond == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $",attack={AttackPerSecond},attacker={Attacker}");
        string common = string.Create(
            CultureInfo.InvariantCulture,
            $"flows={Connections},proto={Protocol},family={Family},order={Order}{size},nat={(Translated ? 1 : 0)},verify=1,counters={counters}");
        string idle = $"kind=none,family={Family},verify=1,counters={counters}";
        return (Kind, Ports) switch
        {
            (TrafficKind.Flood, _) => [$"net_flowgen0,{idle}", $"net_flowgen1,{common},kind=syn,dir=0"],
            (_, PortMode.One) => [$"net_flowgen0,{common}{warm},dir=2", $"net_flowgen1,{idle}"],
            _ => [$"net_flowgen0,{common}{warm}{rate},dir=1", $"net_flowgen1,{common}{warm}{rate}{attack},dir=0"],
        };
    }

    /// <summary>1k, 64k and 1M as people say them, anything else in digits.</summary>
    public static string Count(uint number) => number switch
    {
        1_000_000 or 1_048_576 => "1M",
        16_000_000 or 16_777_216 => "16M",
        >= 1024 when number % 1024 == 0 => string.Create(CultureInfo.InvariantCulture, $"{number / 1024}k"),
        _ => number.ToString(CultureInfo.InvariantCulture),
    };
}
