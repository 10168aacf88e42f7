using Conntrack.Packets;

namespace Conntrack.Kernel.Comparing;

/// <summary>A row of docs/differences.md.</summary>
abstract class Difference
{
    /// <summary>The first column of the row.</summary>
    public abstract string Title { get; }

    /// <summary>Settings of the run.</summary>
    public Setup Setup { get; set; } = Setup.Default;

    /// <summary>Whether this disagreement is this difference and nothing else.</summary>
    public abstract bool Explains(IReadOnlyList<TestFrame> burst, Disagreement disagreement);

    /// <summary>One of each; a rule may remember what it saw within a run.</summary>
    public static IReadOnlyList<Difference> All() => [new MidstreamSynAck(), new UdpStreamFromFirstAnswer()];
}

/// <summary>
/// Linux calls it invalid; ours opens an established connection. Linux does not know that connection, so that nothing about it can be
/// compared until it ends; what the kernel opens with its later packets belongs to it.
/// </summary>
sealed class MidstreamSynAck : Difference
{
    readonly HashSet<EntryKey> _ours = [];

    public override string Title => "A SYN,ACK that no SYN went before, loose tracking";

    public override bool Explains(IReadOnlyList<TestFrame> burst, Disagreement disagreement)
    {
        if (!Setup.Loose)
        {
            return false;
        }

        EntryKey? key = disagreement.Frame < burst.Count ? TcpSegmentOf(burst[disagreement.Frame].Bytes, out byte flags) : Flagless(out flags);
        bool opens = disagreement is
        {
            Aspect: Aspect.ConnectionState,
            KernelOutcome.State: ConnectionStateOfPacket.Invalid,
            OurOutcome.State: ConnectionStateOfPacket.New,
        } && (flags & 0x17) == 0x12;
        if (opens)
        {
            _ours.Add(key!.Value);
            return true;
        }

        EntryKey? concerned = (disagreement.KernelEntry ?? disagreement.OurEntry)?.Key ?? key;
        return concerned is EntryKey known && (_ours.Contains(known) || _ours.Contains(Reversed(known)));
    }

    static EntryKey Reversed(EntryKey key) => key with
    {
        Original = new EntryTuple(key.Original.Destination, key.Original.Source, key.Original.DestinationPort, key.Original.SourcePort),
    };

    static EntryKey? Flagless(out byte flags)
    {
        flags = 0;
        return null;
    }

    /// <summary>Tuple and flags of an unfragmented TCP segment without extension headers; null for anything else.</summary>
    static EntryKey? TcpSegmentOf(ReadOnlySpan<byte> frame, out byte flags)
    {
        flags = 0;
        bool ipv6 = frame.Length > 67 && frame[12] == 0x86;
        if (frame.Length < 54 || frame[ipv6 ? 20 : 23] != IpProtocol.Tcp)
        {
            return null;
        }

        int transport = ipv6 ? 54 : 14 + ((frame[14] & 15) * 4);
        int addresses = ipv6 ? 22 : 26;
        int size = ipv6 ? 16 : 4;
        if (frame.Length < transport + 20)
        {
            return null;
        }

        flags = frame[transport + 13];
        return new EntryKey(ipv6, IpProtocol.Tcp, new EntryTuple(
            Number(frame.Slice(addresses, size)),
            Number(frame.Slice(addresses + size, size)),
            (ushort)Number(frame.Slice(transport, 2)),
            (ushort)Number(frame.Slice(transport + 2, 2))));
    }

    static UInt128 Number(ReadOnlySpan<byte> bytes)
    {
        UInt128 number = 0;
        foreach (byte value in bytes)
        {
            number = (number << 8) | value;
        }

        return number;
    }
}

/// <summary>Linux waits two seconds and a packet before it grants the stream timeout; ours grants it with the first answer.</summary>
sealed class UdpStreamFromFirstAnswer : Difference
{
    public override string Title => "udp-stream-timeout";

    public override bool Explains(IReadOnlyList<TestFrame> burst, Disagreement disagreement) =>
        disagreement is
        {
            Aspect: Aspect.Timeout,
            KernelEntry: { Key.Protocol: IpProtocol.Udp or IpProtocol.UdpLite, SeenReply: true, Assured: false } kernel,
            OurEntry: { SeenReply: true } ours,
        }
        && kernel.Timeout <= Setup.Udp && ours.Timeout <= Setup.UdpStream
        && Math.Abs((Setup.UdpStream - ours.Timeout) - (Setup.Udp - kernel.Timeout)) < 1.2;
}
