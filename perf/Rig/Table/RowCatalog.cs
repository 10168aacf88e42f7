using Conntrack.Rig.Peers;

namespace Conntrack.Rig.Table;

/// <summary>Every row there is.</summary>
static class RowCatalog
{
    const uint Few = 1024;
    const uint Many = 65_536;
    const uint Million = 1_000_000;
    const uint Most = 16_000_000;

    static readonly string[] s_untrackedWire = ["untracked.rsc"];
    static readonly string[] s_tracked = [];
    static readonly string[] s_default = ["default.rsc", "no-fasttrack.rsc", "no-nat.rsc"];
    static readonly string[] s_nat = ["default.rsc", "no-fasttrack.rsc"];
    static readonly string[] s_fastTrack = ["default.rsc", "no-nat.rsc"];
    static readonly string[] s_fastTrackNat = ["default.rsc"];

    public static IReadOnlyList<Row> All { get; } =
    [
        .. Established("wire", "A wire that tracks nothing", s_untrackedWire, PeerWork.Forward, "udp", [1, Few, Many, Million]),
        .. Established("tracked", "Tracked, no rules", s_tracked, PeerWork.Track, "udp", [1, Few, Many, Million, Most]),
        .. Established("default", "Tracked, the default configuration's rules", s_default, PeerWork.Track, "udp", [1, Few, Many, Million, Most]),
        .. Established("default", "Tracked, the default configuration's rules", s_default, PeerWork.Track, "tcp", [Few, Many, Million]),
        .. Established("nat", "Tracked and masqueraded, the default configuration's rules", s_nat, PeerWork.Translate, "udp", [1, Few, Many, Million, Most]),
        .. Established("nat", "Tracked and masqueraded, the default configuration's rules", s_nat, PeerWork.Translate, "tcp", [Many, Million]),
        .. Established("fasttrack", "FastTrack", s_fastTrack, PeerWork.Track, "udp", [Few, Many, Million]),
        .. Established("fasttrack-nat", "FastTrack and masqueraded: the default configuration as it is", s_fastTrackNat, PeerWork.Translate, "udp", [1, Few, Many, Million]),
        .. Established("fasttrack-nat", "FastTrack and masqueraded: the default configuration as it is", s_fastTrackNat, PeerWork.Translate, "tcp", [Many, Million]),
        Flood("new", "TCP, the default configuration's rules", s_default, PeerWork.Track),
        Flood("new-nat", "TCP, masqueraded", s_nat, PeerWork.Translate),
        .. Family6(),
        .. Mixes(),
    ];

    /// <summary>Rows by name: a name as it is, or the beginning of names with a star behind.</summary>
    /// <exception cref="RigException">A name is nobody's.</exception>
    public static IReadOnlyList<Row> Select(IReadOnlyCollection<string> names)
    {
        foreach (string name in names)
        {
            if (!All.Any(row => Is(row, name)))
            {
                throw new RigException($"no row {name}; there are {string.Join(", ", All.Select(row => row.Id))}");
            }
        }

        return [.. All.Where(row => names.Any(name => Is(row, name)))];
    }

    static bool Is(Row row, string name) =>
        name.EndsWith('*') ? row.Id.StartsWith(name[..^1], StringComparison.Ordinal) : row.Id == name;

    static IEnumerable<Row> Established(string id, string section, string[] scripts, PeerWork work, string protocol, uint[] connections) =>
        connections.Select(count => new Row(
            $"{id}-{protocol}-{Workload.Count(count)}",
            section,
            $"{protocol.ToUpperInvariant()}, {Named(count)}",
            new Workload(TrafficKind.Established, PortMode.Two, 4, protocol, count) { Translated = work == PeerWork.Translate },
            scripts,
            work)
        {
            Alone = count == Most,
            IsQuick = count == Many || (count == Million && protocol == "udp" && id is "default" or "nat"),
        });

    static Row Flood(string id, string title, string[] scripts, PeerWork work) => new(
        id, "New connections, a SYN of another one in every packet", title,
        new Workload(TrafficKind.Flood, PortMode.Two, 4, "tcp", 1) { Translated = work == PeerWork.Translate }, scripts, work) { IsQuick = true };

    static IEnumerable<Row> Family6() =>
        new[] { ("udp", Many), ("udp", Million), ("tcp", Many), ("tcp", Million) }.Select(what => new Row(
            $"ipv6-{what.Item1}-{Workload.Count(what.Item2)}", "IPv6, tracked, the default configuration's rules", $"{what.Item1.ToUpperInvariant()}, {Named(what.Item2)}",
            new Workload(TrafficKind.Established, PortMode.Two, 6, what.Item1, what.Item2), s_default, PeerWork.Track)
        {
            IsQuick = what == ("udp", Many),
        });

    static IEnumerable<Row> Mixes()
    {
        const string section = "Other traffic, tracked, the default configuration's rules";
        Workload million = new(TrafficKind.Established, PortMode.Two, 4, "udp", Million);
        yield return new Row("zipf-udp-1M", section, "UDP, 1M connections, by Zipf's law", million with { Order = "zipf" }, s_default, PeerWork.Track);
        yield return new Row(
            "imix-udp-64k", section, "UDP, 64k connections, IMIX", million with { Connections = Many, FrameBytes = 0 }, s_default, PeerWork.Track);
        yield return new Row(
            "large-udp-64k", section, "UDP, 64k connections, 1514 B", million with { Connections = Many, FrameBytes = 1514 }, s_default, PeerWork.Track);
        yield return new Row(
            "routes-udp-1M", section, "UDP, 1M connections, 65,536 routes", million, [.. s_default, "routes.rsc"], PeerWork.Track);
        yield return new Row(
            "routes-untracked-1M", section, "UDP, 1M flows that nobody tracks, 65,536 routes, every packet asks them", million,
            [.. s_default, "routes.rsc", "untracked.rsc"], PeerWork.Forward);
    }

    static string Named(uint count) => count == 1 ? "1 connection" : $"{Workload.Count(count)} connections";
}
