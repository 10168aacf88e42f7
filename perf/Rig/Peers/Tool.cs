using System.Diagnostics;

namespace Conntrack.Rig.Peers;

/// <summary>Programs that set a peer up.</summary>
static class Tool
{
    static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);

    /// <summary>Whether the program is in PATH or, given with its folder, there.</summary>
    public static bool Exists(string program) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Append("/usr/sbin").Append("/sbin")
        .Any(folder => File.Exists(Path.Combine(folder, program)));

    /// <summary>Runs it to its end and returns what it said.</summary>
    /// <exception cref="RigException">It failed, or did not end.</exception>
    public static string Run(string program, IReadOnlyCollection<string> arguments, string? input = null, IReadOnlyDictionary<string, string>? environment = null)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach ((string name, string value) in environment ?? new Dictionary<string, string>())
        {
            start.Environment[name] = value;
        }

        using Process process = Process.Start(start) ?? throw new RigException($"{program} did not start");
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        Task<string> errors = process.StandardError.ReadToEndAsync();
        process.StandardInput.Write(input);
        process.StandardInput.Close();
        if (!process.WaitForExit(s_patience))
        {
            process.Kill();
            throw new RigException($"{program} {string.Join(' ', arguments)}: no end after {s_patience.TotalSeconds} s");
        }

        return process.ExitCode == 0
            ? output.Result
            : throw new RigException($"{program} {string.Join(' ', arguments)}: {errors.Result.Trim()}");
    }
}
