using Conntrack.Firewall;
using Conntrack.Packets;

namespace Conntrack.Dataplane.Stages;

/// <summary>The filter table's forward chain. An empty chain is a skipped stage.</summary>
static unsafe class Filter
{
    const uint Chains = (1u << (int)RuleChain.FilterForward4) | (1u << (int)RuleChain.FilterForward6);

    public static void Burst(Worker worker, int first, int end)
    {
        RuleImage* rules = worker.Rules;
        if ((rules->ChainsInUse & Chains) == 0)
        {
            return;
        }

        for (int i = first; i < end; i++)
        {
            Packet* packet = worker.Packets + i;
            if (packet->Reason != DropReason.None | packet->Path != 0 | packet->Family == PacketFamily.NotIp)
            {
                continue;
            }

            RuleChain chain = packet->Family == PacketFamily.Ipv4 ? RuleChain.FilterForward4 : RuleChain.FilterForward6;
            RuleVerdict verdict = RuleImage.Evaluate(rules, chain, packet, worker.RuleCounters, worker.TraceOf(packet));
            if (verdict.Rule != RuleVerdict.EndOfChain)
            {
                packet->Rule = RuleTrace.Entry(chain, verdict.Rule);
            }

            packet->Marks |= verdict.IsFastTrack ? PacketMarks.FastTrack : PacketMarks.None;
            packet->Reason = verdict.IsDrop ? DropReason.Filter : DropReason.None;
        }
    }
}
