using Conntrack.Firewall;
using Conntrack.Packets;

namespace Conntrack.Dataplane.Stages;

/// <summary>
/// The raw table, before anything is tracked: drops what should cost nothing more, and exempts from tracking. What comes in passes
/// prerouting, what the router itself says passes output. An empty chain is a skipped stage.
/// </summary>
static unsafe class Raw
{
    const uint Chains = (1u << (int)RuleChain.RawPrerouting4) | (1u << (int)RuleChain.RawPrerouting6)
        | (1u << (int)RuleChain.RawOutput4) | (1u << (int)RuleChain.RawOutput6);

    public static void Burst(Worker worker, int first, int end)
    {
        RuleImage* rules = worker.Rules;
        if ((rules->ChainsInUse & Chains) == 0)
        {
            return;
        }

        ushort host = worker.Routes->HostInterface;
        for (int i = first; i < end; i++)
        {
            Packet* packet = worker.Packets + i;
            if (packet->Reason != DropReason.None | packet->Path != 0 | packet->Family == PacketFamily.NotIp)
            {
                continue;
            }

            RuleChain chain = packet->InInterface == host ? RuleChain.RawOutput4 : RuleChain.RawPrerouting4;
            chain = packet->Family == PacketFamily.Ipv6 ? chain + 1 : chain;
            RuleVerdict verdict = RuleImage.Evaluate(rules, chain, packet, worker.RuleMemory, worker.TraceOf(packet));
            if (verdict.Entry != RuleVerdict.EndOfChain)
            {
                packet->Rule = verdict.Entry;
            }

            packet->Marks |= verdict.IsNoTrack ? PacketMarks.NoTrack : PacketMarks.None;
            packet->Reason = verdict.IsDrop ? DropReason.Raw : DropReason.None;
        }
    }
}
