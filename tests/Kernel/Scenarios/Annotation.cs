using System.Text.RegularExpressions;

namespace Conntrack.Kernel.Scenarios;

/// <summary>Writes what the kernel said of each packet behind it, so that a reader of a scenario need not run it.</summary>
static partial class Annotation
{
    public static void Write(string folder, IEnumerable<ScenarioResult> results)
    {
        foreach (IGrouping<string, ScenarioResult> group in results.GroupBy(result => result.Scenario.Group))
        {
            string file = Path.Combine(folder, group.Key + ".txt");
            Dictionary<string, ScenarioResult> byTitle = group.ToDictionary(result => result.Scenario.Title);
            List<string> output = [];
            Queue<string>? annotated = null;
            foreach (string line in File.ReadAllLines(file))
            {
                if (line.StartsWith("# ", StringComparison.Ordinal))
                {
                    annotated = byTitle.TryGetValue(line[2..].Trim(), out ScenarioResult? result) ? new(result.Annotated) : null;
                }

                bool isPacket = line.Length != 0 && line[0] is '>' or '<';
                bool opens = line.StartsWith("open", StringComparison.Ordinal);
                if (annotated == null || !(isPacket || opens || line.StartsWith("wait ", StringComparison.Ordinal)))
                {
                    output.Add(line);
                    continue;
                }

                for (int i = 0; opens && i < 2; i++)
                {
                    annotated.Dequeue();
                }

                int times = isPacket ? PacketLine.Parse(Expectation().Replace(line, "")).Number("times", 1) : 1;
                for (int i = 1; i < times; i++)
                {
                    annotated.Dequeue();
                }

                string said = annotated.Dequeue();
                output.Add(isPacket ? Pad(Expectation().Replace(line, ""), said[(said.LastIndexOf(" = ", StringComparison.Ordinal) + 3)..]) : line);
            }

            File.WriteAllText(file, string.Join('\n', output) + "\n");
        }
    }

    static string Pad(string packet, string state) => $"{packet.TrimEnd(),-60} = {state}";

    [GeneratedRegex(" += \\w+$")]
    private static partial Regex Expectation();
}
