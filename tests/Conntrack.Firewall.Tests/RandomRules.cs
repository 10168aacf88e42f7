using Conntrack.Packets;

namespace Conntrack.Firewall.Tests;

/// <summary>
/// Rules and packets of random shape from one seed. Packets take their values at the very edges of the rules' ranges and one beside them,
/// where a classifier goes wrong.
/// </summary>
public sealed class RandomRules(int seed, bool isIpv6)
{
    static readonly byte[] s_protocols =
    [
        IpProtocol.Tcp, IpProtocol.Udp, IpProtocol.Tcp, IpProtocol.Udp, IpProtocol.Icmp, IpProtocol.Sctp, IpProtocol.Dccp,
        IpProtocol.UdpLite, IpProtocol.Gre, 255,
    ];

    readonly Random _random = new(seed);
    readonly UInt128 _most = isIpv6 ? UInt128.MaxValue : uint.MaxValue;

    /// <summary>The chance that a rule only counts.</summary>
    public double Counting { get; init; } = 0.2;

    /// <summary>The chance that a matcher is negated.</summary>
    public double Negation { get; init; } = 0.15;

    public PlainChain Chain(int rules) => new([.. Enumerable.Range(0, rules).Select(_ => Rule())]);

    public PlainRule Rule() => new()
    {
        Target = Chance(Counting)
            ? Pick(RuleTarget.Passthrough, RuleTarget.FastTrack, RuleTarget.FastTrackHardware, RuleTarget.NoTrack)
            : Pick(RuleTarget.Accept, RuleTarget.Drop),
        State = Chance(0.2) ? ((RuleStates)_random.Next(32), Chance(Negation)) : null,
        NatState = Chance(0.1) ? ((RuleNatStates)_random.Next(4), Chance(Negation)) : null,
        Protocol = Chance(0.5) ? (AnyProtocol(), Chance(Negation)) : null,
        Src = Chance(0.6) ? Addresses() : null,
        Dst = Chance(0.6) ? Addresses() : null,
        SrcPort = Chance(0.2) ? (Ports(), Chance(Negation)) : null,
        DstPort = Chance(0.5) ? (Ports(), Chance(Negation)) : null,
        In = Chance(0.3) ? (Interfaces(), Chance(Negation)) : null,
        Out = Chance(0.2) ? (Interfaces(), Chance(Negation)) : null,
    };

    /// <summary>A packet at the edges of one rule of the chain, or anywhere.</summary>
    public PacketSample Packet(PlainChain chain)
    {
        PlainRule? rule = chain.Rules.Count != 0 && Chance(0.85) ? chain.Rules[_random.Next(chain.Rules.Count)] : null;
        byte protocol = rule?.Protocol is { Negated: false } named && Chance(0.95) ? named.Number : AnyProtocol();
        return new()
        {
            IsIpv6 = isIpv6,
            Src = rule?.Src is { } src ? Near(src.First, src.Last) : AnyAddress(),
            Dst = rule?.Dst is { } dst ? Near(dst.First, dst.Last) : AnyAddress(),
            Protocol = protocol,
            SrcPort = Port(rule?.SrcPort),
            DstPort = Port(rule?.DstPort),
            IsLaterFragment = Chance(0.05),
            IsCutOff = Chance(0.03),
            State = (ConnectionStateOfPacket)_random.Next(6),
            NatState = Chance(0.5) ? (RuleNatStates)_random.Next(4) : null,
            In = (ushort)_random.Next(6),
            Out = Chance(0.1) ? Packets.Packet.NoInterface : (ushort)_random.Next(6),
            Length = (uint)_random.Next(20, 1501),
        };
    }

    (UInt128 First, UInt128 Last, bool Negated) Addresses()
    {
        bool negated = Chance(Negation);
        int bits = isIpv6 ? 128 : 32;
        UInt128 base0 = AnyAddress();
        if (Chance(0.1))
        {
            UInt128 other = AnyAddress();
            return (UInt128.Min(base0, other), UInt128.Max(base0, other), negated);
        }

        int prefix = Chance(0.03) ? 0 : _random.Next(bits / 4, bits + 1);
        UInt128 mask = prefix == 0 ? 0 : (_most << (bits - prefix)) & _most;
        return (base0 & mask, (base0 & mask) | (~mask & _most), negated);
    }

    (ushort First, ushort Last)[] Ports() =>
        [.. Enumerable.Range(0, Chance(0.7) ? 1 : _random.Next(0, 5)).Select(_ =>
        {
            ushort first = (ushort)(Chance(0.5) ? _random.Next(0, 1024) : _random.Next(0, 65536));
            return (first, Chance(0.7) ? first : (ushort)_random.Next(first, 65536));
        })];

    ushort[] Interfaces() => [.. Enumerable.Range(0, _random.Next(1, 3)).Select(_ => (ushort)_random.Next(5))];

    ushort Port(((ushort First, ushort Last)[] Ranges, bool Negated)? match) =>
        match is { Ranges.Length: > 0 } named
            ? (ushort)Near(named.Ranges[0].First, named.Ranges[0].Last)
            : (ushort)_random.Next(65536);

    UInt128 Near(UInt128 first, UInt128 last) => _random.Next(8) switch
    {
        0 => first == 0 ? _most : first - 1,
        1 => last >= _most ? 0 : last + 1,
        2 or 3 => last,
        4 => first + ((last - first) / 2),
        _ => first,
    };

    UInt128 AnyAddress()
    {
        Span<byte> bytes = stackalloc byte[16];
        _random.NextBytes(bytes);
        return System.Buffers.Binary.BinaryPrimitives.ReadUInt128LittleEndian(bytes) & _most;
    }

    byte AnyProtocol() => s_protocols[_random.Next(s_protocols.Length)];

    bool Chance(double probability) => _random.NextDouble() < probability;

    T Pick<T>(params ReadOnlySpan<T> values) => values[_random.Next(values.Length)];
}
