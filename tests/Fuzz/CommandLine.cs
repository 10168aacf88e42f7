using System.Diagnostics;
using System.Globalization;
using System.Runtime.Versioning;
using SharpFuzz;

[assembly: SupportedOSPlatform("linux")]

namespace Conntrack.Fuzz;

/// <summary>What the program is asked to do with a target.</summary>
/// <remarks>
/// <c>seeds TARGET FOLDER</c> writes what a fuzzer begins with; <c>afl TARGET</c> is what afl-fuzz starts; <c>run TARGET FILE-OR-FOLDER…</c>
/// runs files, each of which is named before it runs; <c>mutate TARGET FOLDER SECONDS SEED LAST</c> runs a corpus, then inputs made of it, for so
/// long. The file LAST always holds the input at hand, so that what ends the process is known.
/// </remarks>
sealed class CommandLine(string[] arguments)
{
    const int Failed = 1;
    const int Usage = 2;

    public int Run()
    {
        switch (arguments)
        {
            case ["seeds", string name, string folder]:
                return Seeds(name, folder);
            case ["afl", string name]:
                Afl(name);
                return 0;
            case ["run", string name, .. string[] paths]:
                return RunFiles(name, paths);
            case ["mutate", string name, string folder, string seconds, string seed, string last]:
                return Mutate(name, folder, double.Parse(seconds, CultureInfo.InvariantCulture), int.Parse(seed, CultureInfo.InvariantCulture), last);
            default:
                Console.Error.WriteLine($"fuzz: seeds, afl, run or mutate, and one of {string.Join(", ", FuzzTarget.Names)}");
                return Usage;
        }
    }

    static int Seeds(string name, string folder)
    {
        using var target = FuzzTarget.Create(name);
        Directory.CreateDirectory(folder);
        int number = 0;
        foreach (byte[] seed in target.Seeds())
        {
            File.WriteAllBytes(Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $"seed-{number++:000}")), seed);
        }

        return 0;
    }

    /// <summary>In a process of its own below this one: a read of a guarded page ends that one, and is a crash to afl-fuzz.</summary>
    static void Afl(string name)
    {
        FuzzTarget? target = null;
        byte[] buffer = new byte[1 << 16];
        Fuzzer.OutOfProcess.Run(stream =>
        {
            target ??= FuzzTarget.Create(name);
            int length = stream.ReadAtLeast(buffer.AsSpan(0, target.Longest), target.Longest, throwOnEndOfStream: false);
            target.Run(buffer.AsSpan(0, length));
        });
    }

    static int RunFiles(string name, IEnumerable<string> paths)
    {
        using var target = FuzzTarget.Create(name);
        int count = 0;
        foreach (string file in paths.SelectMany(FilesOf))
        {
            Console.WriteLine(file);
            target.Run(File.ReadAllBytes(file));
            count++;
        }

        Console.WriteLine($"{name}: {count} files");
        return 0;
    }

    static IEnumerable<string> FilesOf(string path) =>
        Directory.Exists(path) ? Directory.EnumerateFiles(path).Order(StringComparer.Ordinal) : [path];

    static int Mutate(string name, string folder, double seconds, int seed, string last)
    {
        using var target = FuzzTarget.Create(name);
        using var current = new CurrentInput(last);
        byte[][] corpus = [.. Directory.EnumerateFiles(folder).Order(StringComparer.Ordinal).Select(File.ReadAllBytes)];
        var mutation = new Mutation(corpus, target.Longest, seed);
        var clock = Stopwatch.StartNew();
        for (int runs = 0; ; runs++)
        {
            if (runs >= corpus.Length && clock.Elapsed.TotalSeconds >= seconds)
            {
                Console.WriteLine($"{name}: {corpus.Length} files and {runs - corpus.Length} mutations");
                return 0;
            }

            byte[] input = runs < corpus.Length ? corpus[runs] : mutation.Next();
            current.Keep(input);
            try
            {
                target.Run(input);
            }
            catch (InvariantException exception)
            {
                Console.Error.WriteLine($"{name}: {exception.Message}\n{exception.StackTrace}\ninput: {Convert.ToHexString(input)}");
                return Failed;
            }
        }
    }
}
