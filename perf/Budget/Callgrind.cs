using System.Diagnostics;
using System.Globalization;

namespace Conntrack.Budget;

/// <summary>Counts instructions: this program once more under valgrind, driving.</summary>
static class Callgrind
{
    /// <summary>Instructions a packet, by case.</summary>
    /// <exception cref="Rig.RigException">valgrind is not there, or what it ran failed.</exception>
    public static IReadOnlyDictionary<string, double> Measure(IReadOnlyList<Case> cases) => InFolder(folder =>
    {
        Run(folder, cases, []);
        return cases.Select((what, n) => (what.Id, Instructions: Total(PartOf(folder, n)))).ToDictionary(part => part.Id, part => (double)part.Instructions / Driver.Packets);
    });

    /// <summary>Instructions a packet of one case, by function, the most expensive first.</summary>
    /// <exception cref="Rig.RigException">valgrind is not there, or what it ran failed, or there are no symbols.</exception>
    public static IReadOnlyList<(string Function, double Instructions)> Profile(Case what) => InFolder(folder =>
    {
        string output = Run(folder, [what], ["--dump-instr=yes"]);
        ulong loadedAt = ulong.Parse(output.AsSpan(output.IndexOf(Driver.LoadedAt, StringComparison.Ordinal) + Driver.LoadedAt.Length, 16), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
        return new Instructions(PartOf(folder, 0)).ByFunction(loadedAt).Select(function => (function.Key, (double)function.Value / Driver.Packets))
            .OrderByDescending(function => function.Item2).ToList();
    });

    static T InFolder<T>(Func<string, T> run)
    {
        string folder = Directory.CreateTempSubdirectory("ctrack-budget-").FullName;
        try
        {
            return run(folder);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>Part 1 ends in front of the first case's packets, part 2 behind them, and so on.</summary>
    static string PartOf(string folder, int number) => Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $"out.{(2 * number) + 2}"));

    static string Run(string folder, IReadOnlyList<Case> cases, string[] more)
    {
        var start = new ProcessStartInfo("valgrind",
        [
            "--tool=callgrind", "--toggle-collect=ct_run_burst", "--dump-before=ct_allocated_bytes", $"--callgrind-out-file={folder}/out", .. more,
            Environment.ProcessPath!, "drive", .. cases.Select(what => what.Id),
        ])
        {
            RedirectStandardError = true,
            RedirectStandardOutput = true,
        };
        // The runtimes' heaps reserve more address space than valgrind has.
        start.Environment["DOTNET_GCHeapHardLimit"] = "10000000";
        Process process;
        try
        {
            process = Process.Start(start)!;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            throw new Rig.RigException("valgrind is not installed");
        }

        using (process)
        {
            Task<string> output = process.StandardOutput.ReadToEndAsync();
            string errors = process.StandardError.ReadToEnd();
            process.WaitForExit();
            return process.ExitCode == 0 ? output.Result : throw new Rig.RigException($"valgrind ended with {process.ExitCode}:\n{output.Result}{errors}");
        }
    }

    static long Total(string path)
    {
        string line = File.ReadLines(path).First(text => text.StartsWith("totals:", StringComparison.Ordinal));
        return long.Parse(line.AsSpan("totals:".Length), NumberStyles.AllowLeadingWhite, CultureInfo.InvariantCulture);
    }
}
