using Conntrack.Live.Bed;

namespace Conntrack.Live.Checks;

/// <summary>The suite's HTTP server on a host, and transfers with it.</summary>
static class HttpServer
{
    public const int Port = 8080;

    /// <summary>Fails loudly, and gives up when nothing has moved for ten seconds.</summary>
    static readonly string[] s_curl = ["curl", "-fsS", "-g", "--connect-timeout", "10", "--speed-time", "10", "--speed-limit", "1000"];

    public static async Task<RunningProgram> StartAsync(Site site, Host host, CancellationToken stop, int port = Port)
    {
        RunningProgram server = host.Namespace.StartPython("http_server.py", $"{port}", site.Options.Payload.Path);
        try
        {
            await server.ReadLineAsync(stop);
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    public static string Url(Host host, int family, int port = Port) =>
        family == 4 ? $"http://{host.Address4}:{port}/" : $"http://[{host.Address6}]:{port}/";

    /// <summary>Downloads the payload with curl; its hash must be right.</summary>
    public static async Task DownloadAsync(Site site, Host to, Host from, int family, CancellationToken stop)
    {
        string output = await to.Namespace.RunAsync(
            stop, "bash", "-c", $"set -o pipefail; {string.Join(' ', s_curl)} '{Url(from, family)}' | sha256sum");
        CheckFailedException.Unless(output.StartsWith(site.Options.Payload.Sha256, StringComparison.Ordinal), "what came is not what was sent");
    }

    /// <summary>Uploads the payload with curl; the server answers with the hash of what came.</summary>
    public static async Task UploadAsync(Site site, Host from, Host to, int family, CancellationToken stop)
    {
        string output = await from.Namespace.RunAsync(stop, [.. s_curl, "-T", site.Options.Payload.Path, Url(to, family)]);
        CheckFailedException.Unless(output == site.Options.Payload.Sha256, "what came is not what was sent");
    }
}
