using System.ComponentModel;
using System.Diagnostics;

namespace Conntrack.Live.Bed;

/// <summary>A program of the machine, run to its end.</summary>
sealed record Command(int ExitCode, string Output, string Error)
{
    /// <summary>What the router and its hosts are made with takes milliseconds; more is a machine that hangs.</summary>
    static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);

    public static bool Exists(string program) => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':')
        .Any(folder => File.Exists(Path.Combine(folder, program)));

    public static async Task<Command> TryAsync(CancellationToken stop, string program, params IReadOnlyList<string> words)
    {
        using Process process = Start(program, words);
        Task<string> output = process.StandardOutput.ReadToEndAsync(CancellationToken.None);
        Task<string> error = process.StandardError.ReadToEndAsync(CancellationToken.None);
        try
        {
            await process.WaitForExitAsync(stop);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw;
        }

        return new Command(process.ExitCode, await output, await error);
    }

    /// <summary>Runs one that must end well, and returns what it wrote.</summary>
    /// <exception cref="CheckFailedException">It did not; with its last words.</exception>
    public static async Task<string> RunAsync(CancellationToken stop, string program, params IReadOnlyList<string> words)
    {
        Command command = await TryAsync(stop, program, words);
        return command.ExitCode == 0
            ? command.Output
            : throw new CheckFailedException($"{program} {string.Join(' ', words)}: exit code {command.ExitCode}: {command.LastWords}");
    }

    /// <summary>Part of building or taking down, which also happens when everything else has been stopped.</summary>
    public static async Task<string> RunAsync(string program, params IReadOnlyList<string> words)
    {
        using var late = new CancellationTokenSource(s_patience);
        return await RunAsync(late.Token, program, words);
    }

    public static Process Start(string program, IReadOnlyList<string> words)
    {
        var start = new ProcessStartInfo(program, words)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        try
        {
            Process process = Process.Start(start)!;
            process.StandardInput.Close();
            return process;
        }
        catch (Win32Exception exception)
        {
            throw new CheckFailedException($"{program}: {exception.Message}");
        }
    }

    /// <summary>The end of what it wrote, on one line.</summary>
    public string LastWords
    {
        get
        {
            string text = (Error.Trim().Length > 0 ? Error : Output).Trim().ReplaceLineEndings(" ");
            return text.Length > 400 ? "…" + text[^400..] : text;
        }
    }
}
