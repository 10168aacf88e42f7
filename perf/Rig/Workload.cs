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
    public string Name =>
        Kind == TrafficKind.Flood
            ? $"IPv{Family} {Protocol} SYN flood"
            : string.Create(CultureInfo.InvariantCulture, $"IPv{Family} {Protocol} {Count(Connections)}, {(Ports == PortMode.Two ? "2 ports" : "1 port")}");

    /// <summary>The device strings of both ends of the wire.</summary>
    /// <param name="opensFlows">Whether each connection is opened once before the random packets; a forwarder without state needs none.</param>
    /// <param name="counters">Path of the counters.</param>
    public IReadOnlyList<string> Devices(bool opensFlows, string counters)
    {
        string warm = opensFlows && Kind == TrafficKind.Established ? ",warm=1" : "";
        string common = string.Create(
            CultureInfo.InvariantCulture, $"flows={Connections},proto={Protocol},family={Family},verify=1,counters={counters}");
        string idle = $"net_flowgen1,kind=none,family={Family},verify=1,counters={counters}";
        return (Kind, Ports) switch
        {
            (TrafficKind.Flood, _) => [$"net_flowgen0,{common},kind=syn,dir=0", idle],
            (_, PortMode.One) => [$"net_flowgen0,{common}{warm},dir=2", idle],
            _ => [$"net_flowgen0,{common}{warm},dir=0", $"net_flowgen1,{common}{warm},dir=1"],
        };
    }

    /// <summary>1k, 64k and 1M as people say them, anything else in digits.</summary>
    public static string Count(uint number) => number switch
    {
        1_000_000 or 1_048_576 => "1M",
        >= 1024 when number % 1024 == 0 => string.Create(CultureInfo.InvariantCulture, $"{number / 1024}k"),
        _ => number.ToString(CultureInfo.InvariantCulture),
    };
}
