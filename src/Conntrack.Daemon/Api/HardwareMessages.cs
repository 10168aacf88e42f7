using System.Text;
using Conntrack.Dataplane.Hosting.Offload;
using Conntrack.V1;

namespace Conntrack.Daemon.Api;

/// <summary>What hardware does and has done, as messages.</summary>
static class HardwareMessages
{
    public static HardwareOffloadStats Of(HardwareTotals totals)
    {
        var stats = new HardwareOffloadStats
        {
            Flows = (ulong)totals.Flows,
            Offloaded = totals.Offloaded,
            Packets = totals.Ipv4.Packets + totals.Ipv6.Packets,
            Bytes = totals.Ipv4.Bytes + totals.Ipv6.Bytes,
            LastError = totals.LastError,
            OffersLost = totals.OffersLost,
        };
        foreach ((HardwareRefusal reason, ulong count) in totals.Refused)
        {
            stats.Refused.Add(Word($"{reason}"), count);
        }

        foreach ((HardwareEnd reason, ulong count) in totals.Ended)
        {
            stats.Ended.Add(Word($"{reason}"), count);
        }

        return stats;
    }

    /// <summary>NextHop is next-hop.</summary>
    static string Word(string name)
    {
        var word = new StringBuilder();
        foreach (char letter in name)
        {
            _ = char.IsUpper(letter) && word.Length != 0 ? word.Append('-') : word;
            word.Append(char.ToLowerInvariant(letter));
        }

        return $"{word}";
    }
}
