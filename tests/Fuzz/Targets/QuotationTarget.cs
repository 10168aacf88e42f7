using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Conntrack.Packets;
using Conntrack.Packets.Headers;
using Conntrack.Packets.Parsing;
using Conntrack.Packets.Rewriting;
using Conntrack.Packets.Tests;
using Conntrack.Testing;
using static Conntrack.Fuzz.InvariantException;

namespace Conntrack.Fuzz;

/// <summary>Any bytes as what an ICMP or ICMPv6 error quotes.</summary>
/// <remarks><code>
/// input: 0 control (bit 0 IPv6, bit 1 the error goes elsewhere, bit 2 the first segment ends early)  1 bytes in the second segment  2 quotation
/// </code></remarks>
sealed unsafe class QuotationTarget : FuzzTarget
{
    const int QuotationAt = 2;
    const byte Six = 1, Elsewhere = 2, Cut = 4;

    readonly PacketBuffer _buffer = new();
    readonly FlowHash* _hash = (FlowHash*)NativeMemory.AlignedAlloc((nuint)sizeof(FlowHash), 64);
    readonly QuotedPacket* _quoted = (QuotedPacket*)NativeMemory.AlignedAlloc((nuint)sizeof(QuotedPacket), 64);
    readonly QuotedPacket* _again = (QuotedPacket*)NativeMemory.AlignedAlloc((nuint)sizeof(QuotedPacket), 64);

    public QuotationTarget() => *_hash = new FlowHash([.. Enumerable.Range(1, 64).Select(i => (byte)(i * 37))]);

    public override string Name => "quotation";

    public override int Longest => 600;

    public override IEnumerable<byte[]> Seeds() =>
        Samples.All.Values.Where(frame => frame[12] is 0x08 or 0x86)
            .Select((frame, i) => (byte[])[(byte)((frame[12] == 0x86 ? Six : 0) | (i % 5 == 0 ? Cut : 0)), 4, .. frame[14..Math.Min(frame.Length, 110)]]);

    public override void Run(ReadOnlySpan<byte> input)
    {
        if (input.Length < QuotationAt)
        {
            return;
        }

        byte control = input[0];
        ReadOnlySpan<byte> quotation = input[QuotationAt..Math.Min(input.Length, Longest)];
        byte[] frame = Error(control, quotation);
        int headers = frame.Length - quotation.Length;
        int held = (control & Cut) != 0 ? frame.Length - Math.Min((int)input[1], quotation.Length) : frame.Length;
        bool named = held == frame.Length
            ? Read(_buffer.Load(frame), _quoted)
            : Read(_buffer.Load(frame, held), _quoted);
        if (held == frame.Length)
        {
            ThrowUnless(named == Read(_buffer.LoadAtStart(frame), _again));
            AssertSame();
        }

        Packet* error = _buffer.Packet;
        if (!named)
        {
            return;
        }

        ThrowUnless((control & Elsewhere) == 0);
        AssertAnswer(frame.AsSpan(headers, held - headers), error->Family);
        Translate(error);

        // Fewer bytes name the same connection or none. Of GRE they name another: without its call id PPTP is any GRE.
        bool shorter = Read(_buffer.Load(Error(control, quotation[..^1])), _again);
        if (shorter && held == frame.Length && _quoted->Answer.Protocol != IpProtocol.Gre)
        {
            AssertSame();
        }
    }

    public override void Dispose()
    {
        _buffer.Dispose();
        NativeMemory.AlignedFree(_hash);
        NativeMemory.AlignedFree(_quoted);
        NativeMemory.AlignedFree(_again);
    }

    /// <summary>A translated error names the translated connection, whatever the rest of its quotation is.</summary>
    void Translate(Packet* error)
    {
        const byte Digit = 0x17;
        const ushort Port = 0x1234;
        if (error->Family == PacketFamily.Ipv4)
        {
            QuoteRewrite.Source4(error, 0x0101_0101 * Digit, Port);
            Rewrite4.Destination(error, 0x0101_0101 * Digit, error->Ports);
        }
        else
        {
            QuoteRewrite.Source6(error, Vector128.Create(Digit), Port);
            Rewrite6.Destination(error, Vector128.Create(Digit), error->Ports);
        }

        ThrowUnless(Read(error, _again));
        Packet answer = _again->Answer;
        ReadOnlySpan<byte> destination = error->Family == PacketFamily.Ipv4
            ? new(&answer.Tuple.Dst, sizeof(uint))
            : new(answer.Ip + 24, sizeof(Addresses6) / 2);
        ThrowUnless(destination.Count(Digit) == destination.Length);
        PortPair ports = _quoted->Answer.Ports;
        switch (answer.Protocol)
        {
            case IpProtocol.Icmp or IpProtocol.Icmpv6:
                ports.SrcPort = Port;
                break;
            case IpProtocol.Tcp or IpProtocol.Udp or IpProtocol.UdpLite or IpProtocol.Sctp or IpProtocol.Dccp:
                ports.DstPort = Port;
                break;
        }

        ThrowUnless(answer.Ports.Ports == ports.Ports);
    }

    /// <summary>The error goes to whom the quotation names as the sender, unless it is told to go elsewhere.</summary>
    static byte[] Error(byte control, ReadOnlySpan<byte> quotation)
    {
        bool six = (control & Six) != 0;
        int addressAt = six ? 8 : 12, size = six ? 16 : 4, headerLength = six ? 40 : 20;
        byte[] packet = new byte[headerLength + 8];
        packet[headerLength] = six ? (byte)1 : (byte)3;
        if (quotation.Length >= addressAt + size)
        {
            quotation.Slice(addressAt, size).CopyTo(packet.AsSpan(addressAt + size));
        }

        packet[addressAt + size] ^= (byte)((control & Elsewhere) != 0 ? 1 : 0);
        packet[0] = six ? (byte)0x60 : (byte)0x45;
        packet[six ? 6 : 9] = six ? IpProtocol.Icmpv6 : IpProtocol.Icmp;
        int length = six ? 8 + quotation.Length : packet.Length + quotation.Length;
        (packet[six ? 4 : 2], packet[six ? 5 : 3]) = ((byte)(length >> 8), (byte)length);
        return [.. new byte[12], .. six ? new byte[] { 0x86, 0xdd } : [0x08, 0], .. packet, .. quotation];
    }

    bool Read(Packet* error, QuotedPacket* quoted)
    {
        ThrowUnless(PacketParser.Parse(error, ChecksumPolicy.Ignore, _hash) == DropReason.None);
        ThrowUnless(error->Marks == PacketMarks.IcmpError);
        error->Time = 5;
        Packet before = *error;
        bool first = QuotedPacket.TryRead(error, _hash, quoted);
        var allocation = new Allocation();
        bool named = QuotedPacket.TryRead(error, _hash, quoted);
        ThrowUnless(allocation.IsNone);
        ThrowUnless(named == first);
        ThrowUnless(new ReadOnlySpan<byte>(error, sizeof(Packet)).SequenceEqual(new ReadOnlySpan<byte>(&before, sizeof(Packet))));
        ThrowUnless(quoted->Answer.Time == 5 && quoted->Answer.Family == error->Family);
        return named;
    }

    void AssertSame()
    {
        Packet one = _quoted->Answer, other = _again->Answer;
        ThrowUnless((one.Ip == null) == (other.Ip == null));
        ThrowUnless(one.Ip == null || ((Ipv6Header*)one.Ip)->Addresses.Src == ((Ipv6Header*)other.Ip)->Addresses.Src);
        one.Ip = other.Ip = null;
        ThrowUnless(new ReadOnlySpan<byte>(&one, sizeof(Packet)).SequenceEqual(new ReadOnlySpan<byte>(&other, sizeof(Packet))));
    }

    void AssertAnswer(ReadOnlySpan<byte> quotation, PacketFamily family)
    {
        Packet* answer = &_quoted->Answer;
        ThrowUnless(answer->Mbuf == null && answer->Transport == null && answer->Connection == null);
        if (family == PacketFamily.Ipv4)
        {
            ThrowUnless(quotation.Length >= Ipv4Header.ByteSize && answer->Ip == null);
            ThrowUnless(answer->Protocol == quotation[9]);
            ulong turned = (MemoryMarshal.Read<uint>(quotation[16..]) | ((ulong)MemoryMarshal.Read<uint>(quotation[12..]) << 32));
            ThrowUnless(answer->Tuple.Addresses == turned);
            ThrowUnless(answer->Hash == _hash->Hash4(answer->Tuple, answer->Protocol, zone: 0));
            return;
        }

        ThrowUnless(quotation.Length >= Ipv6Header.ByteSize);
        ThrowUnless(answer->Ip > (byte*)_quoted && answer->Ip + Ipv6Header.ByteSize <= (byte*)(_quoted + 1));
        ThrowUnless(new ReadOnlySpan<byte>(answer->Ip + 8, 16).SequenceEqual(quotation.Slice(24, 16)));
        ThrowUnless(new ReadOnlySpan<byte>(answer->Ip + 24, 16).SequenceEqual(quotation.Slice(8, 16)));
        ThrowUnless(answer->Hash == _hash->Hash6((Addresses6*)(answer->Ip + 8), answer->Ports, answer->Protocol, zone: 0));
    }
}
