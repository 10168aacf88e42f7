using System.Runtime.CompilerServices;
using Conntrack.Dataplane.Routing;
using Conntrack.Firewall;
using Conntrack.Firewall.Paths;
using Conntrack.Packets;
using Conntrack.Tracking;

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
        if ((worker.Rules->ChainsInUse & Chains) == 0)
        {
            FastPath.Count(worker, first, end);
            return;
        }

        uint edition = worker.Edition;
        bool traces = worker.Feed != null;
        RuleRun run = new(worker.RuleMemory);
        Packet* last = worker.Packets + end;
        for (Packet* packet = worker.Packets + first; packet < last; packet++)
        {
            if (packet->ReasonAndPath != 0)
            {
                continue;
            }

            // Most packets are a known connection's, forwarded as those before; their interfaces are part of what is remembered.
            if (packet->StateAndVerdict == Packet.EstablishedAndForward)
            {
                var connection = (Connection*)packet->Connection;
                var chain = (RuleChain)((uint)RuleChain.FilterForward4 + (((uint)packet->Family >> 1) & 1));
                if (connection->Edition == edition && run.TryTake(chain, packet, connection->Path[packet->Direction], connection->Mark))
                {
                    if (traces)
                    {
                        run.Trace(worker.TraceOf(packet));
                    }

                    continue;
                }
            }

            if (packet->Family != PacketFamily.NotIp)
            {
                Ask(worker, packet);
            }
        }

        run.End();
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    static void Ask(Worker worker, Packet* packet)
    {
        RuleImage* rules = worker.Rules;
        RuleChain chain = packet->InInterface == worker.Routes->HostInterface ? RuleChain.FilterOutput4
            : packet->Verdict == Verdict.Local ? RuleChain.FilterInput4
            : RuleChain.FilterForward4;
        chain = packet->Family == PacketFamily.Ipv6 ? chain + 1 : chain;
        RuleVerdict verdict = packet->State == ConnectionStateOfPacket.Established
            ? Again(worker, rules, chain, packet)
            : RuleImage.Evaluate(rules, chain, packet, worker.RuleMemory, worker.TraceOf(packet));
        if (verdict.Entry != RuleVerdict.EndOfChain)
        {
            packet->Rule = verdict.Entry;
        }

        if (verdict.IsFastTrack)
        {
            packet->Marks |= PacketMarks.FastTrack;
            packet->HardwareOffload = verdict.IsHardwareOffload ? (byte)1 : (byte)0;
            worker.Unsettled = true;
        }

        packet->Reason = verdict.IsDrop ? DropReason.Filter : DropReason.None;
        if (verdict.IsReject | verdict.IsTarpit)
        {
            Rejection.Answer(worker, packet, verdict);
        }
    }

    /// <summary>A packet of a connection whose way is known, if another one of its direction has gone it since rules and routes are what they are.</summary>
    static RuleVerdict Again(Worker worker, RuleImage* rules, RuleChain chain, Packet* packet)
    {
        var connection = (Connection*)packet->Connection;
        if (connection->Edition != worker.Edition)
        {
            NextHops.Renew(worker, connection);
        }

        return RuleImage.EvaluateAlong(
            rules, chain, packet, worker.RuleMemory, worker.TraceOf(packet), connection->Path + packet->Direction, connection->Mark);
    }
}
