using System.Buffers.Binary;

namespace Conntrack.Testing;

/// <summary>The transport layer.</summary>
public sealed partial class Frame
{
    /// <summary>A TCP header; flags as in the header: FIN 1, SYN 2, RST 4, PSH 8, ACK 16, URG 32, ECE 64, CWR 128.</summary>
    public Frame Tcp(
        int source,
        int destination,
        int flags = 0x10,
        uint sequence = 1,
        uint acknowledgment = 1,
        int window = 64240,
        byte[]? options = null,
        int? headerWords = null,
        int? checksum = null)
    {
        options ??= [];
        return Add(new Layer(6, (payload, _, network) =>
        {
            byte[] segment =
            [
                .. Bytes.Big16(source), .. Bytes.Big16(destination), .. Bytes.Big32(sequence), .. Bytes.Big32(acknowledgment),
                (byte)((headerWords ?? (5 + (options.Length / 4))) << 4), (byte)flags, .. Bytes.Big16(window), 0, 0, 0, 0,
                .. options, .. payload,
            ];
            return segment.WithBig16(16, checksum ?? PlainChecksum.Internet(network!.PseudoHeader(6, segment.Length), segment));
        }));
    }

    /// <summary>A UDP header.</summary>
    public Frame Udp(int source, int destination, int? length = null, int? checksum = null) => Add(new Layer(17, (payload, _, network) =>
    {
        int said = length ?? (8 + payload.Length);
        byte[] datagram = [.. Bytes.Big16(source), .. Bytes.Big16(destination), .. Bytes.Big16(said), 0, 0, .. payload];
        int right = PlainChecksum.Internet(network!.PseudoHeader(17, datagram.Length), datagram);
        return datagram.WithBig16(6, checksum ?? (right == 0 ? 0xffff : right));
    }));

    /// <summary>A UDP-Lite header; coverage 0 covers everything.</summary>
    public Frame UdpLite(int source, int destination, int coverage = 0, int? checksum = null) => Add(new Layer(136, (payload, _, network) =>
    {
        byte[] datagram = [.. Bytes.Big16(source), .. Bytes.Big16(destination), .. Bytes.Big16(coverage), 0, 0, .. payload];
        byte[] covered = coverage < 8 || coverage > datagram.Length ? datagram : datagram[..coverage];
        int right = PlainChecksum.Internet(network!.PseudoHeader(136, datagram.Length), covered);
        return datagram.WithBig16(6, checksum ?? (right == 0 ? 0xffff : right));
    }));

    /// <summary>An SCTP common header; the data is its chunks.</summary>
    public Frame Sctp(int source, int destination, uint tag = 0x0102_0304, uint? checksum = null) => Add(new Layer(132, (payload, _, _) =>
    {
        byte[] packet = [.. Bytes.Big16(source), .. Bytes.Big16(destination), .. Bytes.Big32(tag), 0, 0, 0, 0, .. payload];
        BinaryPrimitives.WriteUInt32LittleEndian(packet.AsSpan(8), checksum ?? PlainChecksum.Crc32c(packet));
        return packet;
    }));

    /// <summary>A chunk for the data of <see cref="Sctp"/>, padded; INIT and INIT ACK begin with the tag they ask for.</summary>
    /// <param name="type">RFC 9260 3.2.</param>
    /// <param name="value">What follows the chunk header.</param>
    /// <param name="length">Instead of the right one.</param>
    public static byte[] Chunk(int type, byte[]? value = null, int? length = null)
    {
        value ??= [];
        return [(byte)type, 0, .. Bytes.Big16(length ?? (4 + value.Length)), .. value, .. new byte[(4 - (value.Length % 4)) % 4]];
    }

    /// <summary>INIT (1) or INIT ACK (2), asking for a verification tag.</summary>
    public static byte[] InitiateChunk(int type, uint tag) => Chunk(type, [.. Bytes.Big32(tag), 0, 1, 0, 0, 0, 10, 0, 10, 0, 0, 0, 1]);

    /// <summary>A DCCP header with 48-bit sequence numbers; coverage as in RFC 4340 9.2.</summary>
    public Frame Dccp(
        int source, int destination, int type = 0, int coverage = 0, int headerWords = 4, int? checksum = null, uint sequence = 1) =>
        Add(new Layer(33, (payload, _, network) =>
        {
            byte[] packet =
            [
                .. Bytes.Big16(source), .. Bytes.Big16(destination), (byte)headerWords, (byte)coverage, 0, 0,
                (byte)((type << 1) | 1), 0, 0, 0, .. Bytes.Big32(sequence), .. payload,
            ];
            byte[] covered = coverage == 0 ? packet : packet[..Math.Min(packet.Length, 16 + ((coverage - 1) * 4))];
            return packet.WithBig16(6, checksum ?? PlainChecksum.Internet(network!.PseudoHeader(33, packet.Length), covered));
        }));

    /// <summary>An ICMP message; for errors identifier and sequence are the four bytes after the checksum.</summary>
    public Frame Icmp(int type, int code = 0, int identifier = 0, int sequence = 0, int? checksum = null) =>
        Add(new Layer(1, (payload, _, _) =>
        {
            byte[] message = [(byte)type, (byte)code, 0, 0, .. Bytes.Big16(identifier), .. Bytes.Big16(sequence), .. payload];
            return message.WithBig16(2, checksum ?? PlainChecksum.Internet(message));
        }));

    /// <summary>An ICMPv6 message, as <see cref="Icmp"/>.</summary>
    public Frame Icmpv6(int type, int code = 0, int identifier = 0, int sequence = 0, int? checksum = null) =>
        Add(new Layer(58, (payload, _, network) =>
        {
            byte[] message = [(byte)type, (byte)code, 0, 0, .. Bytes.Big16(identifier), .. Bytes.Big16(sequence), .. payload];
            return message.WithBig16(2, checksum ?? PlainChecksum.Internet(network!.PseudoHeader(58, message.Length), message));
        }));

    /// <summary>A GRE header of version 0 (RFC 2784), with a key (RFC 2890) or without.</summary>
    public Frame Gre(int etherType = 0x0800, uint? key = null) => Add(new Layer(47, (payload, _, _) =>
        [key is null ? (byte)0 : (byte)0x20, 0, .. Bytes.Big16(etherType), .. key is { } word ? Bytes.Big32(word) : [], .. payload]));

    /// <summary>A GRE header of version 1 with a sequence number, as PPTP sends it to the peer that chose this call id (RFC 2637 4.1).</summary>
    public Frame Pptp(int callId, int etherType = 0x880b) => Add(new Layer(47, (payload, _, _) =>
        [0x30, 1, .. Bytes.Big16(etherType), .. Bytes.Big16(payload.Length), .. Bytes.Big16(callId), 0, 0, 0, 1, .. payload]));

    /// <summary>No header at all: the data is that of this protocol.</summary>
    public Frame Protocol(byte protocol) => Add(new Layer(protocol, (payload, _, _) => payload));
}
