using System.Globalization;
using Conntrack.Live.Bed;
using Conntrack.Live.Routers;

namespace Conntrack.Live.Checks;

/// <summary>The same session of real programs through Linux and through ctrack: the lists hold the same connections in the same states.</summary>
static class SameSession
{
    const string Blocked = "table inet host { chain input { type filter hook input priority 0; policy accept; tcp dport 7007 drop; }; }";

    /// <summary>Below this no session was held that is worth comparing.</summary>
    const int LeastConnections = 10;

    const int MostAttempts = 8;

    public static IEnumerable<Check> All(bool isShort) => Reaching.Families.Select(family =>
        new Check($"the list is Linux's, IPv{family}", (site, stop) => CompareAsync(site, family, stop))
        {
            Tools = ["python3", "ping", "curl", "nft"],
            Limit = TimeSpan.FromSeconds(90),
            IsShort = isShort,
        });

    static async Task<string> CompareAsync(Site site, int family, CancellationToken stop)
    {
        List<string> ours = await ListAsync(site, family, stop);
        CheckFailedException.Unless(ours.Count >= LeastConnections, $"only {ours.Count} connections: {string.Join("; ", ours)}");
        if (!site.Arrangement.IsCtrack)
        {
            return $"{ours.Count} connections";
        }

        await using Site reference = await Site.CreateAsync(new Arrangement(RouterKind.Kernel, PortType.Veth), site.Layout, site.Options, stop);
        List<string> theirs = await ListAsync(reference, family, stop);
        string missing = string.Join("; ", Without(theirs, ours)), extra = string.Join("; ", Without(ours, theirs));
        CheckFailedException.Unless(missing.Length + extra.Length == 0, $"Linux alone has [{missing}], ctrack alone [{extra}]");
        return $"{ours.Count} connections, all alike";
    }

    /// <summary>
    /// A segment sent again is a packet more, and a FIN sent again another state. That is the machine's doing: the session is held once more.
    /// </summary>
    static async Task<List<string>> ListAsync(Site site, int family, CancellationToken stop)
    {
        await site.Server.Namespace.RunAsync("nft", Blocked);
        await using RunningProgram http = await HttpServer.StartAsync(site, site.Server, stop);
        await using RunningProgram server = site.Server.Namespace.StartPython("session.py", "server");
        await server.ReadLineAsync(stop);
        for (int attempt = 1; ; attempt++)
        {
            long before = await SentAgainAsync(site, stop);
            List<string> listed = await HoldAsync(site, family, $"{site.Client.Address(family)}{attempt}", stop);
            if (await SentAgainAsync(site, stop) == before)
            {
                return listed;
            }

            CheckFailedException.Unless(attempt < MostAttempts, $"segments were sent again in each of {attempt} sessions");
        }
    }

    /// <summary>One session from an address that nothing else uses, and what has come of it.</summary>
    static async Task<List<string>> HoldAsync(Site site, int family, string own, CancellationToken stop)
    {
        await site.Client.Namespace.IpAsync("address", "add", family == 4 ? $"{own}/24" : $"{own}/64", "dev", site.Client.Link);
        await using RunningProgram client = site.Client.Namespace.StartPython("session.py", "client", own, site.Server.Address(family));
        await client.ReadLineAsync(stop);
        IReadOnlyList<ListedConnection> connections = await site.Router.ConnectionsAsync(stop);
        return
        [
            .. connections.Where(connection => connection.Source == own)
                .Select(connection => connection.Normalised(address => address == own ? "client" : address == site.Server.Address(family) ? "server" : address))
                .Order(StringComparer.Ordinal),
        ];
    }

    /// <summary>Segments that either host has sent more than once so far.</summary>
    public static async Task<long> SentAgainAsync(Site site, CancellationToken stop)
    {
        long sum = 0;
        foreach (Host host in (Host[])[site.Client, site.Server])
        {
            string[][] tcp = [.. (await host.Namespace.RunAsync(stop, "grep", "^Tcp:", "/proc/net/snmp")).Trim().Split('\n').Select(line => line.Split(' '))];
            sum += long.Parse(tcp[1][Array.IndexOf(tcp[0], "RetransSegs")], CultureInfo.InvariantCulture);
        }

        return sum;
    }

    static List<string> Without(List<string> from, List<string> others)
    {
        List<string> left = [.. from];
        foreach (string other in others)
        {
            left.Remove(other);
        }

        return left;
    }
}
