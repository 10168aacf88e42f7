using System.Globalization;
using Conntrack.Live.Bed;

namespace Conntrack.Live.Checks;

/// <summary>Datagrams larger than any frame, there and back.</summary>
static class Fragments
{
    const int Port = 7100;
    const int Count = 20;

    static readonly int[] s_sizes = [2000, 9000, 60_000];

    public static IEnumerable<Check> All(bool isShort) => Reaching.Families.Select(family =>
        new Check($"UDP in fragments, IPv{family}", (site, stop) => RunAsync(site, family, stop))
        {
            Tools = ["python3"],
            IsShort = isShort,
            Obstacle = arrangement => arrangement is { IsCtrack: true, Ports: PortType.Veth } && family == 4
                ? "net_af_packet lets the kernel put IPv4 fragments together and cuts the whole off at 2 KB"
                : null,
        });

    static async Task<string> RunAsync(Site site, int family, CancellationToken stop)
    {
        await using RunningProgram server = site.Server.Namespace.StartPython("udp_echo.py", "server", $"{Port}");
        await server.ReadLineAsync(stop);
        List<string> figures = [];
        bool all = true;
        foreach (int size in s_sizes)
        {
            string came = await site.Client.Namespace.PythonAsync(
                stop, "udp_echo.py", "client", site.Server.Address(family), $"{Port}", $"{size}", $"{Count}");
            all &= int.Parse(came, CultureInfo.InvariantCulture) == Count;
            figures.Add($"{came.Trim()} of {Count} with {size} bytes");
        }

        string figure = string.Join(", ", figures);
        CheckFailedException.Unless(all, figure);
        return figure;
    }
}
