using Conntrack.Control.Replay;

namespace Conntrack.Daemon;

/// <summary>The files of a replay side by side: an output must not overwrite an input nor share its file with another output.</summary>
static class ReplayFiles
{
    /// <exception cref="UserErrorException">Two options write one file, or one writes what another reads.</exception>
    public static void RefuseSharing(ReplayOptions options)
    {
        List<(string Option, string Path)> reads = [.. options.Inputs.Select(input => ("--in", input.File))];
        if (options.ConfigFile is not null)
        {
            reads.Add(("--config", options.ConfigFile));
        }

        List<(string Option, string Path)> writes = [.. options.Outputs.Select(output => ("--out", output.File))];
        writes.AddRange(Targets(options).Select(target => (target.Option, target.Path)));
        for (int i = 0; i < writes.Count; i++)
        {
            (string option, string path) = writes[i];
            foreach ((string otherOption, string otherPath) in writes.Take(i))
            {
                if (IsSame(path, otherPath))
                {
                    throw new UserErrorException(
                        path == "-"
                            ? $"{otherOption} and {option} cannot both be standard output"
                            : $"{otherOption} and {option} cannot both write {path}");
                }
            }

            foreach ((string otherOption, string otherPath) in reads)
            {
                if (IsSame(path, otherPath))
                {
                    throw new UserErrorException($"{option} cannot write {path}, which {otherOption} reads");
                }
            }
        }
    }

    static IEnumerable<OutputTarget> Targets(ReplayOptions options) =>
        new[] { options.Connections, options.Trace, options.Stats }.OfType<OutputTarget>();

    /// <summary>Devices may be shared: several outputs into /dev/null are nobody's mistake.</summary>
    static bool IsSame(string path, string other)
    {
        if (path == "-" || other == "-")
        {
            return path == other;
        }

        string full = Path.GetFullPath(path);
        return full == Path.GetFullPath(other) && !full.StartsWith("/dev/", StringComparison.Ordinal);
    }
}
