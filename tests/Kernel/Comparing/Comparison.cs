namespace Conntrack.Kernel.Comparing;

/// <summary>Two outcomes or two tables side by side.</summary>
static class Comparison
{
    /// <summary>Linux tells whole seconds, rounded down, and counts in jiffies of 4 ms.</summary>
    const double TimeoutSlack = 0.1;

    public static IEnumerable<Disagreement> Packets(Outcome kernel, Outcome ours, Topology topology, Setup setup, TestFrame input, int number)
    {
        Disagreement Differ(Aspect aspect, string theirs, string mine) =>
            new(aspect, theirs, mine) { Frame = number, KernelOutcome = kernel, OurOutcome = ours };

        if (kernel.State != ours.State)
        {
            yield return Differ(Aspect.ConnectionState, Text(kernel), Text(ours));
        }

        if (kernel.Forwarded.Count != ours.Forwarded.Count)
        {
            yield return Differ(
                Aspect.Verdict, $"{kernel.Forwarded.Count} forwarded {kernel.Note}".TrimEnd(), $"{ours.Forwarded.Count} forwarded {ours.Note}".TrimEnd());
            yield break;
        }

        for (int i = 0; i < kernel.Forwarded.Count; i++)
        {
            (byte[] theirs, byte[] mine) = topology == Topology.Router
                ? (IpPacket.Of(kernel.Forwarded[i], hops: 1), IpPacket.Of(ours.Forwarded[i], hops: 0))
                : (kernel.Forwarded[i], ours.Forwarded[i]);
            if (!theirs.AsSpan().SequenceEqual(mine) && !(setup.Nat && WereChosen(theirs, mine, input)))
            {
                yield return Differ(Aspect.ForwardedBytes, Convert.ToHexString(theirs), Convert.ToHexString(mine));
            }
        }
    }

    /// <summary>Neither left with the port it came with.</summary>
    static bool WereChosen(byte[] theirs, byte[] mine, TestFrame input) =>
        ChosenPorts.AreAlike(theirs, mine) && ChosenPorts.TryPort(input.Bytes.AsSpan(14), out _, out ushort own)
        && ChosenPorts.TryPort(theirs, out _, out ushort first) && first != own && ChosenPorts.TryPort(mine, out _, out ushort second) && second != own;

    public static IEnumerable<Disagreement> Tables(IReadOnlyList<Entry> kernel, IReadOnlyList<Entry> ours, int number)
    {
        Dictionary<EntryKey, Entry> mine = ours.ToDictionary(entry => entry.Key);
        foreach (Entry theirs in kernel)
        {
            if (!mine.Remove(theirs.Key, out Entry? entry))
            {
                yield return new(Aspect.OnlyInKernel, $"{theirs}", "nothing") { Frame = number, KernelEntry = theirs };
                continue;
            }

            foreach (Disagreement difference in Entries(theirs, entry))
            {
                yield return difference with { Frame = number, KernelEntry = theirs, OurEntry = entry };
            }
        }

        foreach (Entry entry in mine.Values)
        {
            yield return new(Aspect.OnlyInOurs, "nothing", $"{entry}") { Frame = number, OurEntry = entry };
        }
    }

    static IEnumerable<Disagreement> Entries(Entry kernel, Entry ours)
    {
        if (kernel.Reply != ours.Reply && !ChosenPorts.AreAlike(kernel, ours))
        {
            yield return new(Aspect.Reply, kernel.Reply.ToText(kernel.Key.IsIpv6), ours.Reply.ToText(kernel.Key.IsIpv6));
        }

        if ((kernel.SeenReply, kernel.Assured, kernel.Confirmed, kernel.Dying) != (ours.SeenReply, ours.Assured, ours.Confirmed, ours.Dying))
        {
            yield return new(Aspect.Flags, Flags(kernel), Flags(ours));
        }

        if (kernel.State != ours.State && kernel.State != null && ours.State != null)
        {
            yield return new(Aspect.ProtocolState, kernel.StateText, ours.StateText);
        }

        double later = ours.Timeout - kernel.Timeout;
        if (later < -TimeoutSlack || later > 1 + TimeoutSlack)
        {
            yield return new(Aspect.Timeout, $"{kernel.Timeout:0} s", $"{ours.Timeout:0.00} s");
        }

        if ((kernel.OriginalCounters, kernel.ReplyCounters) != (ours.OriginalCounters, ours.ReplyCounters))
        {
            yield return new(Aspect.Counters, Counters(kernel), Counters(ours));
        }
    }

    static string Text(Outcome outcome) => outcome.Note.Length == 0 ? $"{outcome.State}" : $"{outcome.State} ({outcome.Note})";

    static string Flags(Entry entry) =>
        (entry.SeenReply ? "S" : "-") + (entry.Assured ? "A" : "-") + (entry.Confirmed ? "C" : "-") + (entry.Dying ? "D" : "-");

    static string Counters(Entry entry) =>
        $"{entry.OriginalCounters.Packets}/{entry.OriginalCounters.Bytes} {entry.ReplyCounters.Packets}/{entry.ReplyCounters.Bytes}";
}
