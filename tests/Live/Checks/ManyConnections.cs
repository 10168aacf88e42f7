using System.Diagnostics;
using System.Globalization;
using Conntrack.Live.Bed;
using Conntrack.Live.Routers;

namespace Conntrack.Live.Checks;

/// <summary>A thousand connections opened at once, all of which the router must list.</summary>
static class ManyConnections
{
    const int Count = 1000;
    const int Port = 7000;

    public static Check Check(bool isShort) => new("1,000 parallel TCP connections", RunAsync) { Tools = ["python3"], IsShort = isShort };

    static async Task<string> RunAsync(Site site, CancellationToken stop)
    {
        await using RunningProgram server = site.Server.Namespace.StartPython("connections.py", "server", $"{Port}");
        await server.ReadLineAsync(stop);
        var clock = Stopwatch.StartNew();
        await using RunningProgram client = site.Client.Namespace.StartPython("connections.py", "client", site.Server.Address4, $"{Port}", $"{Count}");
        int opened = int.Parse(await client.ReadLineAsync(stop), CultureInfo.InvariantCulture);
        TimeSpan elapsed = clock.Elapsed;
        ListedConnection[] listed = [.. (await site.Router.ConnectionsAsync(stop)).Where(connection => connection is { Protocol: "tcp", DestinationPort: Port })];
        int established = listed.Count(connection => connection is { TcpState: "established", Assured: true, SeenReply: true });
        string figure = $"{opened} opened in {elapsed.TotalSeconds:0.0} s, {listed.Length} listed, {established} of them established and assured";
        CheckFailedException.Unless(opened == Count && listed.Length == Count && established == Count, figure);
        return figure;
    }
}
