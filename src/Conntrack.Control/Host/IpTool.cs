using System.ComponentModel;
using System.Diagnostics;

namespace Conntrack.Control.Host;

/// <summary>iproute2's <c>ip</c>, which knows every kernel's ways.</summary>
static class IpTool
{
    static readonly TimeSpan s_patience = TimeSpan.FromSeconds(10);

    /// <summary>Carries out lines to their end whatever fails, as a batch of each family: a batch takes options for all of its lines.</summary>
    /// <param name="lines">Each begins with <c>-4</c> or <c>-6</c>.</param>
    /// <returns>What it complained of; empty when nothing.</returns>
    public static string Batch(IReadOnlyList<string> lines) => string.Join("; ", lines
        .GroupBy(line => line[..2])
        .Select(family => Run(string.Concat(family.Select(line => line[3..] + "\n")), family.Key, "-force", "-batch", "-").Error)
        .Where(error => error.Length > 0));

    /// <summary>Asks something; nothing when it fails.</summary>
    public static string Ask(params string[] words) => Run("", words).Output;

    static (string Output, string Error) Run(string input, params string[] words)
    {
        var start = new ProcessStartInfo("ip") { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
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
                return ("", "ip does not end");
            }

            return (output.Result, error.Result.Trim().ReplaceLineEndings("; "));
        }
        catch (Exception exception) when (exception is Win32Exception or IOException)
        {
            return ("", $"ip: {exception.Message}");
        }
    }
}
