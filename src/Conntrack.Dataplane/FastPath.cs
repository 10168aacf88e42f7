using Conntrack.Dataplane.Routing;
using Conntrack.Packets;

namespace Conntrack.Dataplane;

/// <summary>
/// RouterOS's FastPath: packets of a family that has no rule and is not tracked meet nothing between their route and their exit. Here that is
/// what skipped stages come to, so there is nothing to do for it but to count what <c>/ip settings</c> shows.
/// </summary>
static unsafe class FastPath
{
    /// <summary>Every chain of IPv4; those of IPv6 are the other bits.</summary>
    const uint ChainsOfIpv4 = 0x5555_5555;

    /// <summary>Whether packets of a family go this way.</summary>
    public static bool IsActive(Worker worker, PacketFamily family)
    {
        bool isIpv4 = family == PacketFamily.Ipv4;
        return (worker.Rules->ChainsInUse & (isIpv4 ? ChainsOfIpv4 : ~ChainsOfIpv4)) == 0
            && (worker.Routes->Switches & (isIpv4 ? RouterSwitches.SlowPathOnly4 : RouterSwitches.SlowPathOnly6)) == 0
            && !worker.Tracking->Tracks(family);
    }

    /// <summary>Counts the packets of a burst that are forwarded so.</summary>
    public static void Count(Worker worker, int first, int end)
    {
        bool ipv4 = IsActive(worker, PacketFamily.Ipv4), ipv6 = IsActive(worker, PacketFamily.Ipv6);
        if (!(ipv4 | ipv6))
        {
            return;
        }

        for (Packet* packet = worker.Packets + first; packet < worker.Packets + end; packet++)
        {
            if (packet->Verdict != Verdict.Forward | packet->Reason != DropReason.None)
            {
                continue;
            }

            if (ipv4 & packet->Family == PacketFamily.Ipv4)
            {
                worker.State->FastPathPackets4++;
                worker.State->FastPathBytes4 += packet->IpLength;
            }
            else if (ipv6 & packet->Family == PacketFamily.Ipv6)
            {
                worker.State->FastPathPackets6++;
                worker.State->FastPathBytes6 += packet->IpLength;
            }
        }
    }
}
