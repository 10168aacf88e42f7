using System.Runtime.CompilerServices;
using Conntrack.Firewall;
using Conntrack.Packets;
using Conntrack.Tracking;

namespace Conntrack.Dataplane.Stages;

/// <summary>
/// The mangle table: marks and changes packets, before routes are asked for (prerouting, and output of what the router itself says), once the
/// way is known (input, forward), and before the packet leaves (postrouting). Empty chains are a skipped stage. Fasttracked packets pass none of
/// it, as RouterOS has it.
/// </summary>
static unsafe class Mangle
{
    const uint PreroutingChains = (3u << (int)RuleChain.ManglePrerouting4) | (3u << (int)RuleChain.MangleOutput4);
    const uint ForwardChains = (3u << (int)RuleChain.MangleInput4) | (3u << (int)RuleChain.MangleForward4);
    const uint PostroutingChains = 3u << (int)RuleChain.ManglePostrouting4;

    public static void Prerouting(Worker worker, int first, int end)
    {
        if ((worker.Rules->ChainsInUse & PreroutingChains) == 0)
        {
            return;
        }

        ushort host = worker.Routes->HostInterface;
        for (Packet* packet = worker.Packets + first; packet < worker.Packets + end; packet++)
        {
            Pass(worker, packet, packet->InInterface == host ? RuleChain.MangleOutput4 : RuleChain.ManglePrerouting4);
        }
    }

    public static void Forward(Worker worker, int first, int end)
    {
        if ((worker.Rules->ChainsInUse & ForwardChains) == 0)
        {
            return;
        }

        ushort host = worker.Routes->HostInterface;
        for (Packet* packet = worker.Packets + first; packet < worker.Packets + end; packet++)
        {
            if (packet->InInterface != host)
            {
                Pass(worker, packet, packet->Verdict == Verdict.Local ? RuleChain.MangleInput4 : RuleChain.MangleForward4);
            }
        }
    }

    public static void Postrouting(Worker worker, int first, int end)
    {
        if ((worker.Rules->ChainsInUse & PostroutingChains) == 0)
        {
            return;
        }

        for (Packet* packet = worker.Packets + first; packet < worker.Packets + end; packet++)
        {
            if (packet->Verdict == Verdict.Forward)
            {
                Pass(worker, packet, RuleChain.ManglePostrouting4);
            }
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    static void TellMarked(Worker worker, Packet* packet)
    {
        if (packet->Family == PacketFamily.Ipv4)
        {
            worker.Connections4.TellChanged(packet->Record);
        }
        else
        {
            worker.Connections6.TellChanged(packet->Record);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Pass(Worker worker, Packet* packet, RuleChain chain)
    {
        if (packet->Reason != DropReason.None | packet->Path != 0 | packet->Family == PacketFamily.NotIp)
        {
            return;
        }

        chain = packet->Family == PacketFamily.Ipv6 ? chain + 1 : chain;
        var connection = (Connection*)packet->Connection;
        ushort mark = connection == null ? (ushort)0 : connection->Mark;
        RuleVerdict verdict = RuleImage.Evaluate(worker.Rules, chain, packet, worker.RuleMemory, worker.TraceOf(packet));
        if (connection != null && connection->Mark != mark)
        {
            TellMarked(worker, packet);
        }

        if (verdict.IsFastTrack)
        {
            packet->Marks |= PacketMarks.FastTrack;
            worker.Unsettled = true;
        }

        if (verdict.IsDrop)
        {
            packet->Rule = verdict.Entry;
            packet->Reason = DropReason.Mangle;
        }
    }
}
