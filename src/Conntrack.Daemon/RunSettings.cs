using Conntrack.Control.Replay;
using Microsoft.Extensions.Configuration;

namespace Conntrack.Daemon;

/// <summary>
/// What <c>appsettings.json</c> in the working directory says about a run, in words; whoever uses a word checks it.
/// <code>
/// { "Ports": { "ether1": "net_tap0,iface=tap0" }, "State": "/var/lib/ctrack", "Listen": [ "unix:/run/ctrack/ctrack.sock" ], "Workers": 1 }
/// </code>
/// </summary>
public sealed record RunSettings
{
    const string FileName = "appsettings.json";

    static readonly string[] s_keys = ["Ports", "Config", "State", "Listen", "Workers"];

    /// <summary>What messages call the file.</summary>
    public string Name { get; init; } = FileName;

    /// <summary>Interface and device.</summary>
    public IReadOnlyList<(string Name, string Device)> Ports { get; init; } = [];

    public string? Config { get; init; }

    public string? State { get; init; }

    public IReadOnlyList<string> Listen { get; init; } = [];

    public string? Workers { get; init; }

    /// <summary>Reads the file; none is the same as an empty one.</summary>
    /// <exception cref="UserErrorException">It is no JSON, or has a setting nobody knows.</exception>
    public static RunSettings Read(string directory)
    {
        IConfigurationRoot file;
        try
        {
            file = new ConfigurationBuilder().SetBasePath(directory).AddJsonFile(FileName, optional: true, reloadOnChange: false).Build();
        }
        catch (Exception exception) when (exception is InvalidDataException or FormatException || UserErrorException.IsFileError(exception))
        {
            throw new UserErrorException($"{FileName}: {(exception.InnerException ?? exception).Message}", exception);
        }

        if (file.GetChildren().FirstOrDefault(section => !s_keys.Contains(section.Key, StringComparer.OrdinalIgnoreCase)) is { } unknown)
        {
            throw new UserErrorException($"{FileName}: unknown setting '{unknown.Key}'; there are {string.Join(", ", s_keys)}");
        }

        return new RunSettings
        {
            Ports = [.. file.GetSection("Ports").GetChildren().Select(port => (port.Key, port.Value ?? ""))],
            Config = file["Config"],
            State = file["State"],
            Listen = [.. file.GetSection("Listen").GetChildren().Select(address => address.Value ?? "")],
            Workers = file["Workers"],
        };
    }
}
