using System.Net;

namespace Conntrack.Testing;

/// <summary>The network layer.</summary>
public sealed partial class Frame
{
    /// <summary>An IPv4 header.</summary>
    /// <param name="source">Source address.</param>
    /// <param name="destination">Destination address.</param>
    /// <param name="options">A multiple of four bytes.</param>
    /// <param name="fragmentOffset">In bytes.</param>
    /// <param name="moreFragments">The flag of that name.</param>
    /// <param name="dontFragment">The flag of that name.</param>
    /// <param name="id">Identification.</param>
    /// <param name="timeToLive">Hops left.</param>
    /// <param name="protocol">Instead of that of the next layer.</param>
    /// <param name="version">Instead of 4.</param>
    /// <param name="headerWords">Instead of what the options come to.</param>
    /// <param name="totalLength">Instead of what header and payload come to.</param>
    /// <param name="checksum">Instead of the right one.</param>
    /// <param name="service">The second byte: code point (6 bits) and congestion (2).</param>
    public Frame Ipv4(
        string source,
        string destination,
        byte[]? options = null,
        int fragmentOffset = 0,
        bool moreFragments = false,
        bool dontFragment = false,
        int id = 0x1234,
        int timeToLive = 64,
        byte? protocol = null,
        int version = 4,
        int? headerWords = null,
        int? totalLength = null,
        int? checksum = null,
        int service = 0)
    {
        Network network = new(IPAddress.Parse(source), IPAddress.Parse(destination));
        options ??= [];
        return Add(new Layer(4, Wrap) { Network = network });

        byte[] Wrap(byte[] payload, byte inner, Network? outer)
        {
            int words = headerWords ?? (5 + (options.Length / 4));
            int fragment = (dontFragment ? 0x4000 : 0) | (moreFragments ? 0x2000 : 0) | (fragmentOffset / 8);
            byte[] header =
            [
                (byte)((version << 4) | words), (byte)service, .. Bytes.Big16(totalLength ?? (20 + options.Length + payload.Length)),
                .. Bytes.Big16(id), .. Bytes.Big16(fragment),
                (byte)timeToLive, protocol ?? inner, 0, 0,
                .. network.Source.GetAddressBytes(), .. network.Destination.GetAddressBytes(), .. options,
            ];
            return [.. header.WithBig16(10, checksum ?? PlainChecksum.Internet(header)), .. payload];
        }
    }

    /// <summary>An IPv6 header.</summary>
    /// <param name="source">Source address.</param>
    /// <param name="destination">Destination address.</param>
    /// <param name="hopLimit">Hops left.</param>
    /// <param name="nextHeader">Instead of that of the next layer.</param>
    /// <param name="version">Instead of 6.</param>
    /// <param name="payloadLength">Instead of what the payload comes to.</param>
    public Frame Ipv6(
        string source, string destination, int hopLimit = 64, byte? nextHeader = null, int version = 6, int? payloadLength = null)
    {
        Network network = new(IPAddress.Parse(source), IPAddress.Parse(destination));
        return Add(new Layer(41, Wrap) { Network = network });

        byte[] Wrap(byte[] payload, byte inner, Network? outer) =>
        [
            (byte)(version << 4), 0, 0, 0, .. Bytes.Big16(payloadLength ?? payload.Length), nextHeader ?? inner, (byte)hopLimit,
            .. network.Source.GetAddressBytes(), .. network.Destination.GetAddressBytes(), .. payload,
        ];
    }

    /// <summary>Hop-by-hop options, padded to a multiple of eight bytes.</summary>
    public Frame HopByHop(params byte[] options) => Extension(0, options);

    /// <summary>Destination options, padded to a multiple of eight bytes.</summary>
    public Frame DestinationOptions(params byte[] options) => Extension(60, options);

    /// <summary>A mobility header (RFC 6275): type, reserved, checksum and data after the first two bytes.</summary>
    public Frame Mobility(params byte[] message) => Extension(135, message);

    /// <summary>A routing header with the addresses still to be visited.</summary>
    public Frame Routing(int type, int segmentsLeft, params string[] addresses)
    {
        ArgumentNullException.ThrowIfNull(addresses);
        byte[] visits = [.. addresses.SelectMany(text => IPAddress.Parse(text).GetAddressBytes())];
        return Extension(43, [(byte)type, (byte)segmentsLeft, 0, 0, 0, 0, .. visits]);
    }

    /// <summary>An IPv6 fragment header.</summary>
    /// <param name="offset">In bytes.</param>
    /// <param name="moreFragments">The flag of that name.</param>
    /// <param name="id">Identification.</param>
    /// <param name="nextHeader">Instead of that of the next layer.</param>
    public Frame Fragment(int offset, bool moreFragments, uint id = 0x1234_5678, byte? nextHeader = null) =>
        Add(new Layer(44, (payload, inner, _) =>
            [nextHeader ?? inner, 0, .. Bytes.Big16(offset | (moreFragments ? 1 : 0)), .. Bytes.Big32(id), .. payload]));

    /// <summary>An authentication header (RFC 4302) with a 96-bit check value.</summary>
    public Frame Authentication(uint securityParameters = 1, uint sequence = 1) => Add(new Layer(51, (payload, inner, _) =>
        [inner, 4, 0, 0, .. Bytes.Big32(securityParameters), .. Bytes.Big32(sequence), 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, .. payload]));

    Frame Extension(byte protocol, byte[] body)
    {
        int padding = (8 - ((body.Length + 2) % 8)) % 8;
        byte[] padded = padding switch
        {
            0 => body,
            1 => [.. body, 0],
            _ => [.. body, 1, (byte)(padding - 2), .. new byte[padding - 2]],
        };
        return Add(new Layer(protocol, (payload, inner, _) => [inner, (byte)(((padded.Length + 2) / 8) - 1), .. padded, .. payload]));
    }
}
