using System.Diagnostics;

namespace Conntrack.Dataplane.Tests;

/// <summary>The system calls one thread of this process made for a while, told by strace.</summary>
sealed record SystemCalls(IReadOnlyList<string> Lines, string? Refused)
{
    /// <summary>Attaches to a thread, lets it run, and detaches. Without -f: that would attach to every thread of the process.</summary>
    public static SystemCalls Of(int thread, TimeSpan time, Action during)
    {
        string file = Path.GetTempFileName();
        try
        {
            Process? started;
            try
            {
                started = Process.Start(new ProcessStartInfo("strace", ["-p", $"{thread}", "-o", file]) { RedirectStandardError = true });
            }
            catch (System.ComponentModel.Win32Exception exception)
            {
                return new SystemCalls([], exception.Message);
            }

            using Process strace = started!;
            string? attached = strace.StandardError.ReadLine();
            if (attached?.Contains("attached", StringComparison.Ordinal) != true)
            {
                strace.WaitForExit();
                return new SystemCalls([], attached ?? "it says nothing");
            }

            for (var watch = Stopwatch.StartNew(); watch.Elapsed < time; Thread.Sleep(10))
            {
                during();
            }

            using Process stop = Process.Start("kill", ["-INT", $"{strace.Id}"]);
            strace.WaitForExit();
            stop.WaitForExit();

            // The attaching and its end leave lines about stops, not about calls.
            return new SystemCalls([.. File.ReadLines(file).Where(line => line.Contains('(', StringComparison.Ordinal))], null);
        }
        finally
        {
            File.Delete(file);
        }
    }
}
