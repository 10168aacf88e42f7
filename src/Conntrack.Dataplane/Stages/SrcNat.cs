using System.Runtime.CompilerServices;
using Conntrack.Dataplane.Routing;
using Conntrack.Firewall;
using Conntrack.Firewall.Nat;
using Conntrack.Packets;
using Conntrack.Tracking;
using Conntrack.Tracking.Table;
using Conntrack.Tracking.Translation;

namespace Conntrack.Dataplane.Stages;

/// <summary>
/// From where packets seem to come, when routes and the filter have seen them: the first packet of a connection asks the nat table's srcnat
/// chain, of what comes to the router itself its input chain, and claims the reply that its answers will have; later ones, and errors about
/// them, follow the connection. Answers to what was dst-natted get their source back here.
/// </summary>
static unsafe class SrcNat
{
    public static void Burst(Worker worker, int first, int end)
    {
        if (!worker.Translates)
        {
            return;
        }

        Packet* last = worker.Packets + end;
        for (Packet* packet = worker.Packets + first; packet < last; packet++)
        {
            var connection = (Connection*)packet->Connection;
            if (connection == null || packet->Reason != DropReason.None || Translator.KeepsSource(connection, packet))
            {
                continue;
            }

            if (packet->Family == PacketFamily.Ipv4)
            {
                Translate(worker, worker.Connections4, packet);
            }
            else
            {
                Translate(worker, worker.Connections6, packet);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Translate<TRecord>(Worker worker, ConnectionTable<TRecord> table, Packet* packet)
        where TRecord : unmanaged, IConnectionRecord<TRecord>
    {
        var connection = (Connection*)packet->Connection;
        if (DstNat.IsFirst(packet, connection))
        {
            packet->Reason = NatOutcomes.ReasonOf(Decide(worker, table, packet));
        }

        if (packet->Reason == DropReason.None && Translator.IsTranslated(connection))
        {
            DstNat.DistrustChecksum(worker, packet);
            Translator.Source(table.At(packet->Record), packet);
        }
    }

    /// <summary>Also where no rule wants anything: no two connections may have one reply.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    static NatOutcome Decide<TRecord>(Worker worker, ConnectionTable<TRecord> table, Packet* packet)
        where TRecord : unmanaged, IConnectionRecord<TRecord>
    {
        RuleImage* rules = worker.Rules;
        NatRule* rule = null;

        // What the router says to itself goes out nowhere and comes in nowhere; what was expected goes as its master does.
        bool asks = (table.ConnectionAt(packet->Record)->Flags & ConnectionFlags.FollowsMaster) == 0;
        if (asks && packet->Verdict is Verdict.Local or Verdict.Forward)
        {
            RuleChain chain = packet->Verdict == Verdict.Local ? RuleChain.NatInput4 : RuleChain.NatSrcnat4;
            chain = packet->Family == PacketFamily.Ipv6 ? chain + 1 : chain;
            RuleVerdict verdict = RuleImage.Evaluate(rules, chain, packet, worker.RuleMemory, worker.TraceOf(packet));
            rule = RuleImage.TranslationOf(rules, verdict);
        }

        UInt128 address = rule != null && rule->IsOwnAddress ? OwnAddresses.ToMasquerade(worker.Routes, packet) : 0;
        return NatBinding.Source(table, packet->Record, rule, address, worker.PortPartition, packet->Time);
    }
}
