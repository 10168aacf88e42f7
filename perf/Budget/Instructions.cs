using System.Diagnostics;
using System.Globalization;

namespace Conntrack.Budget;

/// <summary>
/// A part of callgrind's output with the address of every instruction. valgrind finds functions in the section that compilers of C use;
/// what ILC compiles lies in one of its own, so addresses are named here, by the symbols beside the library in artifacts/native.
/// </summary>
/// <param name="path">Written with --dump-instr=yes.</param>
sealed class Instructions(string path)
{
    static readonly string s_symbols = Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "../../../native/Conntrack.Dataplane.so.dbg"));

    /// <param name="loadedAt">Where the library begins.</param>
    /// <exception cref="Rig.RigException">There are no symbols.</exception>
    public IReadOnlyDictionary<string, long> ByFunction(ulong loadedAt)
    {
        (ulong Address, string Name)[] symbols = Symbols();
        ulong[] addresses = [.. symbols.Select(symbol => symbol.Address)];
        Dictionary<string, long> counts = [];
        foreach ((string file, ulong address, long count) in Read())
        {
            string name = file;
            if (file == "???")
            {
                int at = Array.BinarySearch(addresses, address - loadedAt);
                name = symbols[Math.Max(0, at >= 0 ? at : ~at - 1)].Name;
            }

            counts[name] = counts.GetValueOrDefault(name) + count;
        }

        return counts;
    }

    static (ulong Address, string Name)[] Symbols()
    {
        using Process? nm = File.Exists(s_symbols) ? Process.Start(new ProcessStartInfo("nm", [s_symbols]) { RedirectStandardOutput = true }) : null;
        string[][] lines = [.. (nm?.StandardOutput.ReadToEnd() ?? "").Split('\n').Select(line => line.Split(' ', 3)).Where(words => words is [_, "t" or "T", _])];
        return lines.Length == 0
            ? throw new Rig.RigException($"no symbols in {s_symbols}")
            : [.. lines.Select(words => (ulong.Parse(words[0], NumberStyles.HexNumber, CultureInfo.InvariantCulture), words[2])).OrderBy(symbol => symbol.Item1)];
    }

    /// <summary>Cost lines: object, address, instructions. Those behind calls= say what a call took altogether, and are not its caller's.</summary>
    IEnumerable<(string File, ulong Address, long Count)> Read()
    {
        Dictionary<string, string> names = [];
        string file = "???";
        ulong address = 0;
        bool isInclusive = false;
        foreach (string line in File.ReadLines(path))
        {
            if (line.StartsWith("ob=", StringComparison.Ordinal) || line.StartsWith("cob=", StringComparison.Ordinal))
            {
                string named = NameIn(line, names);
                file = line[0] == 'o' ? named : file;
            }
            else if (line.StartsWith("calls=", StringComparison.Ordinal))
            {
                isInclusive = true;
            }
            else if (line.Length != 0 && line[0] is '0' or '+' or '-' or '*' && line.Split(' ') is [string where, _, .. string[] rest])
            {
                address = where[0] switch
                {
                    '*' => address,
                    '+' => address + Number(where[1..]),
                    '-' => address - Number(where[1..]),
                    _ => Number(where),
                };
                if (!isInclusive && rest is [string count])
                {
                    yield return (file, address, long.Parse(count, CultureInfo.InvariantCulture));
                }

                isInclusive = false;
            }
        }
    }

    /// <summary>A name comes with its number once and afterwards by its number alone.</summary>
    static string NameIn(string line, Dictionary<string, string> names)
    {
        string number = line[line.IndexOf('(', StringComparison.Ordinal)..(line.IndexOf(')', StringComparison.Ordinal) + 1)];
        int behind = line.IndexOf(')', StringComparison.Ordinal) + 2;
        return behind < line.Length ? names[number] = line[behind..] : names[number];
    }

    static ulong Number(string text) => text.StartsWith("0x", StringComparison.Ordinal)
        ? ulong.Parse(text.AsSpan(2), NumberStyles.HexNumber, CultureInfo.InvariantCulture)
        : ulong.Parse(text, CultureInfo.InvariantCulture);
}
