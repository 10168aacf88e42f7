using System.ComponentModel;
using System.Diagnostics;

namespace Conntrack.Control.Host;

/// <summary>A program of the host that is told something and ends.</summary>
static class HostProgram
{
    static readonly TimeSpan s_patience = TimeSpan.FromSeconds(10);

    /// <summary>Runs it to its end, ten seconds at most.</summary>
    /// <returns>What it said and what it complained of; that it cannot be run is a complaint.</returns>
    public static (string Output, string Error) Run(string program, string input, params ReadOnlySpan<string> words)
    {
        var start = new ProcessStartInfo(program) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (string word in words)
        {
            start.ArgumentList.Add(word);
        }

        try
        {
            using Process process = Process.Start(start)!;
            Task<string> output = process.StandardOutput.ReadToEndAsync();
            Task<string> error = process.StandardError.ReadToEndAsync();
            process.StandardInput.Write(input);
            process.StandardInput.Close();
            if (!process.WaitForExit(s_patience))
            {
                process.Kill();
                return ("", $"{program} does not end");
            }

            return (output.Result, error.Result.Trim().ReplaceLineEndings("; "));
        }
        catch (Exception exception) when (exception is Win32Exception or IOException)
        {
            return ("", $"{program}: {exception.Message}");
        }
    }
}
