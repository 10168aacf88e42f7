using System.Globalization;
using System.Text;

namespace Conntrack.Budget;

/// <summary>One kind of packet's way, whose instructions are counted.</summary>
/// <param name="Id">Its name in the file of budgets.</param>
/// <param name="Scripts">What the router is configured with; none for a wire without rules.</param>
/// <param name="Traffic">The packets.</param>
sealed record Case(string Id, IReadOnlyList<string> Scripts, Traffic Traffic)
{
    static readonly Traffic s_udp = new(17, IsIpv6: false, IsFlood: false, IsTranslated: false);
    static readonly Traffic s_tcp = s_udp with { Protocol = 6 };
    static readonly string[] s_default = ["default.rsc", "no-fasttrack.rsc", "no-nat.rsc"];
    static readonly string[] s_masqueraded = ["default.rsc", "no-fasttrack.rsc"];
    static readonly string[] s_fastTrack = ["default.rsc", "no-nat.rsc"];
    static readonly string[] s_fastTrackMasqueraded = ["default.rsc"];

    public static IReadOnlyList<Case> All { get; } =
    [
        new("wire-untracked-udp", ["untracked.rsc"], s_udp),
        new("tracked-udp", [], s_udp),
        new("tracked-tcp-windows", [], s_tcp),
        new("default-udp", s_default, s_udp),
        new("default-tcp-windows", s_default, s_tcp),
        new("nat-udp", s_masqueraded, s_udp with { IsTranslated = true }),
        new("fasttrack-udp", s_fastTrack, s_udp),
        new("fasttrack-nat-udp", s_fastTrackMasqueraded, s_udp with { IsTranslated = true }),
        new("new-tcp", s_default, s_tcp with { IsFlood = true }),
        new("new-nat-tcp", s_masqueraded, s_tcp with { IsFlood = true, IsTranslated = true }),
        new("ipv6-udp", s_default, s_udp with { IsIpv6 = true }),
        new("rules-10-udp", [], s_udp) { Rules = 10 },
        new("rules-10000-udp", [], s_udp) { Rules = 10_000 },
        new("rules-10-new-tcp", [], s_tcp with { IsFlood = true }) { Rules = 10 },
        new("rules-10000-new-tcp", [], s_tcp with { IsFlood = true }) { Rules = 10_000 },
        new("listed-new-tcp", ["listing.rsc"], s_tcp with { IsFlood = true }) { Rules = 10 },
    ];

    /// <summary>So many filter rules behind the scripts', of which the last accepts and no other matches whole.</summary>
    public int Rules { get; init; }

    /// <summary>
    /// Each for a network the clients are in, so that many match by their address, and a port that none of them uses: what established
    /// connections are spared by no rule of their own at the top.
    /// </summary>
    public string RulesScript()
    {
        var script = new StringBuilder("/ip firewall filter\n");
        for (int n = 0; n < Rules - 1; n++)
        {
            string protocol = n % 2 == 0 ? "tcp" : "udp";
            script.Append(CultureInfo.InvariantCulture, $"add chain=forward src-address=10.{n >> 8 & 255}.{n & 255}.0/24 protocol={protocol} dst-port={20_000 + n} action=drop\n");
        }

        return script.Append("add chain=forward action=accept\n").ToString();
    }

    /// <summary>Whether every packet is to be found in the flow cache.</summary>
    public bool IsFastTracked => Id.StartsWith("fasttrack", StringComparison.Ordinal);

    public bool IsTracked => !Scripts.Contains("untracked.rsc");
}

/// <summary>Packets of the rig, as perf/native/flow_frame.h defines them.</summary>
/// <param name="Protocol">6 or 17.</param>
/// <param name="IsIpv6">Of the other family.</param>
/// <param name="IsFlood">Every packet opens a connection.</param>
/// <param name="IsTranslated">Replies go to the address that the clients are hidden behind.</param>
sealed record Traffic(byte Protocol, bool IsIpv6, bool IsFlood, bool IsTranslated);
