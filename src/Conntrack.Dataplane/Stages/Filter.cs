using Conntrack.Firewall;
using Conntrack.Packets;

namespace Conntrack.Dataplane.Stages;

/// <summary>
/// The filter table: input for what is the router's own, output for what it says, forward for the rest. Empty chains are a skipped stage.
/// </summary>
static unsafe class Filter
{
    const uint Chains = (1u << (int)RuleChain.FilterInput4) | (1u << (int)RuleChain.FilterInput6)
        | (1u << (int)RuleChain.FilterForward4) | (1u << (int)RuleChain.FilterForward6)
        | (1u << (int)RuleChain.FilterOutput4) | (1u << (int)RuleChain.FilterOutput6);

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

            RuleChain chain = packet->InInterface == host ? RuleChain.FilterOutput4
                : packet->Verdict == Verdict.Local ? RuleChain.FilterInput4
                : RuleChain.FilterForward4;
            chain = packet->Family == PacketFamily.Ipv6 ? chain + 1 : chain;
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
