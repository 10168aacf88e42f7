using Conntrack.Packets;

namespace Conntrack.Firewall.Tests;

/// <summary>A rule matched the long way: one question after the other, as the manual words them.</summary>
public sealed record PlainRule
{
    public RuleTarget Target { get; init; }

    public (RuleStates States, bool Negated)? State { get; init; }

    public (RuleNatStates States, bool Negated)? NatState { get; init; }

    public (byte Number, bool Negated)? Protocol { get; init; }

    public (UInt128 First, UInt128 Last, bool Negated)? Src { get; init; }

    public (UInt128 First, UInt128 Last, bool Negated)? Dst { get; init; }

    public ((ushort First, ushort Last)[] Ranges, bool Negated)? SrcPort { get; init; }

    public ((ushort First, ushort Last)[] Ranges, bool Negated)? DstPort { get; init; }

    public (ushort[] Indexes, bool Negated)? In { get; init; }

    public (ushort[] Indexes, bool Negated)? Out { get; init; }

    /// <summary>What the rule asks besides, and how a person would find out; null without negation where the packet cannot be asked.</summary>
    public IReadOnlyList<(RuleCondition Condition, Func<PacketSample, bool?> Answer)> Asks { get; init; } = [];

    /// <summary>Of a jump, the user chain by its index.</summary>
    public int JumpTo { get; init; }

    public bool Matches(PacketSample packet)
    {
        if (Asks.Any(ask => ask.Answer(packet) is not { } answer || answer == ask.Condition.Negated))
        {
            return false;
        }

        if (State is { } state && HasState(state.States, packet.State) == state.Negated)
        {
            return false;
        }

        if (NatState is { } natState && ((packet.NatState ?? RuleNatStates.None) & natState.States) != 0 == natState.Negated)
        {
            return false;
        }

        if (Protocol is { } protocol && (packet.Protocol == protocol.Number) == protocol.Negated)
        {
            return false;
        }

        if (Src is { } src && (packet.Src >= src.First && packet.Src <= src.Last) == src.Negated)
        {
            return false;
        }

        if (Dst is { } dst && (packet.Dst >= dst.First && packet.Dst <= dst.Last) == dst.Negated)
        {
            return false;
        }

        if ((SrcPort != null || DstPort != null) && !packet.HasPorts)
        {
            return false;
        }

        if (SrcPort is { } srcPort && srcPort.Ranges.Any(r => packet.SrcPort >= r.First && packet.SrcPort <= r.Last) == srcPort.Negated)
        {
            return false;
        }

        if (DstPort is { } dstPort && dstPort.Ranges.Any(r => packet.DstPort >= r.First && packet.DstPort <= r.Last) == dstPort.Negated)
        {
            return false;
        }

        if (In is { } inInterface && inInterface.Indexes.Contains(packet.In) == inInterface.Negated)
        {
            return false;
        }

        return !(Out is { } outInterface && outInterface.Indexes.Contains(packet.Out) == outInterface.Negated);
    }

    public RuleSpec ToSpec(RuleChain chain, uint number, uint slot) => new()
    {
        Chain = chain,
        Target = Target,
        Number = number,
        CounterSlot = slot,
        ConnectionState = State is { } state ? RuleMatch.States(state.States, state.Negated) : null,
        ConnectionNatState = NatState is { } natState ? RuleMatch.NatStates(natState.States, natState.Negated) : null,
        Protocol = Protocol is { } protocol ? RuleMatch.Protocol(protocol.Number, protocol.Negated) : null,
        SrcAddress = Src is { } src ? RuleMatch.Addresses(src.First, src.Last, src.Negated) : null,
        DstAddress = Dst is { } dst ? RuleMatch.Addresses(dst.First, dst.Last, dst.Negated) : null,
        SrcPort = SrcPort is { } srcPort ? RuleMatch.Ports(srcPort.Ranges, srcPort.Negated) : null,
        DstPort = DstPort is { } dstPort ? RuleMatch.Ports(dstPort.Ranges, dstPort.Negated) : null,
        InInterface = In is { } inInterface ? RuleMatch.Interfaces(inInterface.Indexes, inInterface.Negated) : null,
        Conditions = [.. Asks.Select(ask => ask.Condition)],
        Effect = Target == RuleTarget.Jump ? new RuleEffect { JumpTo = RuleChains.User(JumpTo, chain.IsIpv6()) } : null,
        OutInterface = Out is { } outInterface ? RuleMatch.Interfaces(outInterface.Indexes, outInterface.Negated) : null,
    };

    static bool HasState(RuleStates states, ConnectionStateOfPacket state) => state switch
    {
        ConnectionStateOfPacket.New => states.HasFlag(RuleStates.New),
        ConnectionStateOfPacket.Established => states.HasFlag(RuleStates.Established),
        ConnectionStateOfPacket.Related => states.HasFlag(RuleStates.Related),
        ConnectionStateOfPacket.Invalid => states.HasFlag(RuleStates.Invalid),
        ConnectionStateOfPacket.Untracked => states.HasFlag(RuleStates.Untracked),
        _ => false,
    };
}
