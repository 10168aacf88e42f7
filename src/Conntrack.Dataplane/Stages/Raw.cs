using Conntrack.Firewall;
using Conntrack.Packets;

namespace Conntrack.Dataplane.Stages;

/// <summary>
/// The raw table's prerouting chain, before anything is tracked: drops what should cost nothing more, and exempts from tracking. An
/// empty chain is a skipped stage.
/// </summary>
static unsafe class Raw
{
    const uint Chains = (1u << (int)RuleChain.RawPrerouting4) | (1u << (int)RuleChain.RawPrerouting6);

    public static void Burst(Worker worker, int count)
    {
        RuleImage* rules = worker.Rules;
        if ((rules->ChainsInUse & Chains) == 0)
        {
            return;
        }

        for (int i = 0; i < count; i++)
        {
            Packet* packet = worker.Packets + i;
            if (packet->Reason != DropReason.None | packet->Path != 0 | packet->Family == PacketFamily.NotIp)
            {
                continue;
            }

            RuleChain chain = packet->Family == PacketFamily.Ipv4 ? RuleChain.RawPrerouting4 : RuleChain.RawPrerouting6;
            RuleVerdict verdict = RuleImage.Evaluate(rules, chain, packet, worker.RuleCounters, worker.TraceOf(packet));
            if (verdict.Rule != RuleVerdict.EndOfChain)
            {
                packet->Rule = RuleTrace.Entry(chain, verdict.Rule);
            }

            packet->Marks |= verdict.IsNoTrack ? PacketMarks.NoTrack : PacketMarks.None;
            packet->Reason = verdict.IsDrop ? DropReason.Raw : DropReason.None;
        }
    }
}
