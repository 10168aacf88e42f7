using System.Text;
using Conntrack.Kernel.Comparing;
using Conntrack.Kernel.Linux;
using Conntrack.Kernel.Scenarios;

namespace Conntrack.Kernel.Generating;

/// <summary>
/// Makes a long list of packets that ends in a disagreement short: the packets of the endpoints concerned if they suffice, then ever smaller
/// parts left out for as long as the two still differ in the same aspect.
/// </summary>
static class Shrinker
{
    const int LongestTried = 3000;

    public static string Shrink(List<string> lines, List<Disagreement> found, RandomOptions options, KernelRouter kernel)
    {
        Aspect aspect = found[0].Aspect;
        List<string> all = lines.Count > LongestTried ? lines[^LongestTried..] : lines;
        string client = ClientOf(lines[^1]);
        List<string>? small = null;
        foreach (List<string> candidate in (List<List<string>>)[[.. all.Where(line => ClientOf(line) == client)], all])
        {
            small = Reproduce(candidate, aspect, options, kernel);
            if (small != null)
            {
                break;
            }
        }

        if (small == null)
        {
            return $"seed {options.Seed}, packet {lines.Count}: not seen again without the time that passed; the last packets of the flow:\n"
                + string.Join('\n', all.Where(line => ClientOf(line) == client).TakeLast(12)) + "\n" + string.Join('\n', found.Select(d => $"      {d}"));
        }

        for (int part = small.Count / 2; part >= 1;)
        {
            bool smaller = false;
            for (int at = 0; at < small.Count && small.Count > 1;)
            {
                List<string> without = [.. small[..at], .. small[Math.Min(at + part, small.Count)..]];
                if (without.Count != 0 && Reproduce(without, aspect, options, kernel) is List<string> kept)
                {
                    small = kept;
                    smaller = true;
                }
                else
                {
                    at += part;
                }
            }

            part = smaller && part == 1 ? 1 : part / 2;
        }

        var text = new StringBuilder($"# found with seed {options.Seed}, packet {lines.Count}\n");
        text.AppendJoin('\n', small).Append('\n');
        foreach (Disagreement disagreement in Run(small, options, kernel).Found)
        {
            text.Append("      ").Append(disagreement).Append('\n');
        }

        return text.ToString();
    }

    /// <summary>The packets up to where they differ in this aspect; null when they do not.</summary>
    static List<string>? Reproduce(List<string> lines, Aspect aspect, RandomOptions options, KernelRouter kernel)
    {
        (List<Disagreement> found, int sent) = Run(lines, options, kernel);
        return found.Any(d => d.Aspect == aspect) ? lines[..sent] : null;
    }

    static (List<Disagreement> Found, int Sent) Run(List<string> lines, RandomOptions options, KernelRouter kernel)
    {
        using var bench = new Bench(kernel, Setup.Default with { Workers = options.Workers }, options.Burst, new DifferenceLedger());
        for (int at = 0; at < lines.Count; at += options.Burst)
        {
            List<string> burst = lines[at..Math.Min(at + options.Burst, lines.Count)];
            List<Disagreement> found = bench.Send([.. burst.Select(line => PacketLine.Parse(line).ToFrame())]);
            if (found.Count != 0)
            {
                return (found, at + burst.Count);
            }
        }

        return ([], lines.Count);
    }

    /// <summary>The client endpoint a line names; of an error, that of the packet it is about.</summary>
    static string ClientOf(string line) =>
        line.Split(' ').LastOrDefault(word => word.StartsWith("c=", StringComparison.Ordinal)) ?? "";
}
