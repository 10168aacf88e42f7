using System.Buffers.Binary;
using System.Net;
using Conntrack.Dataplane.Abi;
using Conntrack.Dataplane.Hosting;
using Conntrack.Dataplane.Tests.Routing;
using Conntrack.Firewall;
using Conntrack.Packets;
using Conntrack.Testing;
using Conntrack.Tracking;

namespace Conntrack.Dataplane.Tests.Nat;

/// <summary>
/// <see cref="RouterRig"/> in one family, with the words of a router at home: a LAN on interface 0, servers of one's own on 1, the WAN on 2 with a
/// server far behind its gateway. Frames are expected whole, written with checksums computed from nothing.
/// </summary>
sealed class NatNet(bool ipv6)
{
    public const int Lan = 0, Dmz = 1, Wan = 2;

    /// <summary>Both families.</summary>
    public static NatNet[] Both { get; } = [new(false), new(true)];

    public bool IsIpv6 => ipv6;

    public string Server => ipv6 ? "2001:db8:ffff::9" : "198.51.100.9";

    public byte Icmp => ipv6 ? IpProtocol.Icmpv6 : IpProtocol.Icmp;

    /// <summary>The router's address on an interface.</summary>
    public string Router(int port) => Host(port, 1);

    public string Host(int port, int host = 2) => ipv6 ? port == 0 ? $"2001:db8::{host}" : $"2001:db8:{port}::{host}" : $"10.{port}.0.{host}";

    /// <summary>An address that is routed to the router and nobody has: translations make use of it.</summary>
    public string Outside(int n) => ipv6 ? $"2001:db8:aaaa::{n:x}" : $"203.0.113.{n}";

    /// <summary>A packet on its way to the router.</summary>
    public Frame In(int port, string source, string destination, int host = 2, int hops = 64) =>
        Ip(RouterRig.From(port, host), source, destination, hops);

    /// <summary>The same as the router sends it to a neighbour.</summary>
    public Frame Out(int port, string source, string destination, int host = 2, int hops = 63, int id = 0x1234) => Ip(
        new Frame(RouterRig.Bytes(RouterRig.MacOf(port, host)), RouterRig.Bytes(0x0200_0000_0000ul + (uint)port)), source, destination, hops, id);

    /// <summary>An IP header and what a quotation begins with.</summary>
    public Frame Quote(string source, string destination, int hops = 63) => Ip(new Frame(), source, destination, hops);

    public Frame Ip(Frame frame, string source, string destination, int hops, int id = 0x1234) =>
        ipv6 ? frame.Ipv6(source, destination, hops) : frame.Ipv4(source, destination, id: id, timeToLive: hops);

    public Frame Echo(Frame frame, bool reply, int identifier, int sequence = 1) => ipv6
        ? frame.Icmpv6(reply ? 129 : 128, 0, identifier, sequence)
        : frame.Icmp(reply ? 0 : 8, 0, identifier, sequence);

    /// <summary>Port unreachable.</summary>
    public Frame Unreachable(Frame frame, byte[] quote) => (ipv6 ? frame.Icmpv6(1, 4) : frame.Icmp(3, 3)).Data(quote);

    /// <summary>A rule of the nat table; of the other chains numbers and slots differ.</summary>
    public RuleSpec Rule(
        RuleChain chain, RuleTarget target, string? addresses = null, (int First, int Last)? ports = null, int? outInterface = null, int? inInterface = null) => new()
        {
            Chain = ipv6 ? chain + 1 : chain,
            Target = target,
            Number = 0,
            CounterSlot = (uint)chain,
            OutInterface = outInterface is { } exit ? RuleMatch.Interface((ushort)exit) : null,
            InInterface = inInterface is { } entry ? RuleMatch.Interface((ushort)entry) : null,
            Translation = new RuleTranslation
            {
                ToAddresses = addresses == null ? null : Range(addresses),
                ToPorts = ports is { } range ? ((ushort)range.First, (ushort)range.Last) : null,
            },
        };

    public RuleSpec Masquerade => Rule(RuleChain.NatSrcnat4, RuleTarget.Masquerade, outInterface: Wan);

    public RuleSpec SrcNat(string? addresses, (int First, int Last)? ports = null) =>
        Rule(RuleChain.NatSrcnat4, RuleTarget.SrcNat, addresses, ports, outInterface: Wan);

    public RuleSpec DstNat(string addresses, (int First, int Last)? ports = null, int? inInterface = null) =>
        Rule(RuleChain.NatDstnat4, RuleTarget.DstNat, addresses, ports, inInterface: inInterface);

    /// <summary>The one connection alive.</summary>
    public static ConnectionSnapshot Only(RouterRig rig) => Assert.Single(rig.Session.Connections(TimeSpan.Zero));

    /// <summary>Sends one frame and says what came out, byte by byte.</summary>
    public static void Passes(RouterRig rig, int from, Frame frame, int to, Frame expected)
    {
        (TraceItem fate, IReadOnlyList<SentFrame> sent) = rig.Send(from, frame.ToBytes());
        Assert.Equal(DropReason.None, fate.Reason);
        SentFrame only = Assert.Single(sent);
        Assert.Equal(to, only.Interface);
        Assert.Equal(Convert.ToHexString(expected.ToBytes()), Convert.ToHexString(only.Bytes.Span));
    }

    /// <summary>The port a sent TCP or UDP packet comes from.</summary>
    public int SourcePort(SentFrame frame) => BinaryPrimitives.ReadUInt16BigEndian(frame.Bytes.Span[(14 + (ipv6 ? 40 : 20))..]);

    RuleRange Range(string addresses)
    {
        string[] ends = addresses.Split('-');
        return new(Number(ends[0]), Number(ends[^1]));
    }

    UInt128 Number(string address)
    {
        byte[] bytes = IPAddress.Parse(address).GetAddressBytes();
        return ipv6 ? BinaryPrimitives.ReadUInt128BigEndian(bytes) : BinaryPrimitives.ReadUInt32BigEndian(bytes);
    }
}
