using Conntrack.Control.Routing;
using Conntrack.Firewall;
using Conntrack.RouterOs.Firewall;

namespace Conntrack.Control.Firewall;

/// <summary>What the action of a configuration's rule needs to know, as the dataplane's effect.</summary>
static class RuleEffects
{
    static readonly RejectWith[] s_reasons =
    [
        RejectWith.NetworkUnreachable, RejectWith.HostUnreachable, RejectWith.ProtocolUnreachable, RejectWith.PortUnreachable,
        RejectWith.NetworkProhibited, RejectWith.HostProhibited, RejectWith.AdminProhibited, RejectWith.TcpReset,
        RejectWith.NetworkUnreachable, RejectWith.AdminProhibited, RejectWith.NotNeighbour, RejectWith.AddressUnreachable,
        RejectWith.PortUnreachable, RejectWith.SourceRouting, RejectWith.HeadersTooLong,
    ];

    /// <summary>Null where the action needs to know nothing.</summary>
    public static RuleEffect? Of(FirewallRule rule, RuleNames names, RuleInterfaces router)
    {
        bool logs = rule.Arguments.Log || rule.Action == RuleAction.Log;
        RuleEffect effect = new()
        {
            Passthrough = rule.Mangle.Passthrough ?? true,
            Log = logs,
            LogPrefix = logs ? names.LogPrefix(rule.Arguments.LogPrefix) : 0,
        };
        return rule.Action switch
        {
            RuleAction.Jump => effect with { JumpTo = names.UserChain(rule.Family, rule.Table, rule.Arguments.JumpTarget!) },
            RuleAction.Reject => effect with { RejectWith = s_reasons[(int)(rule.Arguments.RejectWith ?? RejectReason.IcmpNetworkUnreachable)] },
            RuleAction.AddSrcToAddressList or RuleAction.AddDstToAddressList => Listing(effect, rule, names),
            RuleAction.MarkConnection => effect with { Value = names.ConnectionMark(rule.Mangle.NewConnectionMark!) },
            RuleAction.MarkPacket => effect with { Value = names.PacketMark(rule.Mangle.NewPacketMark!) },
            RuleAction.MarkRouting => effect with { Value = router.TableOf(rule.Mangle.NewRoutingMark!) },
            RuleAction.Route => effect with { Value = router.TableOf(GatewayTables.NameOf(rule.Mangle.RouteDst!)) },
            RuleAction.ChangeMss => effect with { Value = rule.Mangle.NewMss?.Bytes ?? 0 },
            RuleAction.ChangeDscp => effect with { Value = rule.Mangle.NewDscp!.Value.Value },
            RuleAction.ChangeTtl => Hops(effect, rule.Mangle.NewTtl!.Value),
            RuleAction.ChangeHopLimit => Hops(effect, rule.Mangle.NewHopLimit!.Value),
            RuleAction.SetPriority => effect with { Value = rule.Mangle.NewPriority!.Value.Value },
            RuleAction.ClearDf or RuleAction.StripIpv4Options => effect,
            _ => logs ? effect : null,
        };
    }

    static RuleEffect Listing(RuleEffect effect, FirewallRule rule, RuleNames names)
    {
        ListedTimeout timeout = rule.Arguments.AddressListTimeout ?? default;
        return effect with
        {
            Value = names.List(rule.Family, rule.Arguments.AddressList!),
            ListedFor = timeout.Time != null ? ListedFor.Time : timeout.Static ? ListedFor.Good : ListedFor.Run,
            Timeout = timeout.Time ?? default,
        };
    }

    static RuleEffect Hops(RuleEffect effect, HopsChange change) =>
        effect with { Value = change.Hops, Ttl = (TtlChange)change.Operation };
}
