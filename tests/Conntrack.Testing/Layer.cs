using System.Buffers.Binary;
using System.Net;

namespace Conntrack.Testing;

/// <summary>One header of a <see cref="Frame"/>: turns what it carries into itself and what it carries.</summary>
/// <param name="Protocol">The number by which the header before names this one.</param>
/// <param name="Wrap">Payload, number of the payload's own protocol, network layer around it; returns header and payload.</param>
sealed record Layer(byte Protocol, Func<byte[], byte, Network?, byte[]> Wrap)
{
    /// <summary>Set for IP headers.</summary>
    public Network? Network { get; init; }
}

/// <summary>The addresses transport checksums are computed over.</summary>
sealed record Network(IPAddress Source, IPAddress Destination)
{
    /// <summary>Pseudo header of the family (RFC 9293 3.1, RFC 8200 8.1).</summary>
    public byte[] PseudoHeader(byte protocol, int length)
    {
        byte[] addresses = [.. Source.GetAddressBytes(), .. Destination.GetAddressBytes()];
        return addresses.Length == 8
            ? [.. addresses, 0, protocol, .. Bytes.Big16(length)]
            : [.. addresses, .. Bytes.Big32((uint)length), 0, 0, 0, protocol];
    }
}

/// <summary>Numbers in network byte order.</summary>
static class Bytes
{
    public static byte[] Big16(int value)
    {
        byte[] bytes = new byte[2];
        BinaryPrimitives.WriteUInt16BigEndian(bytes, (ushort)value);
        return bytes;
    }

    public static byte[] Big32(uint value)
    {
        byte[] bytes = new byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, value);
        return bytes;
    }

    /// <summary>Writes a checksum into its field.</summary>
    public static byte[] WithBig16(this byte[] bytes, int offset, int value)
    {
        BinaryPrimitives.WriteUInt16BigEndian(bytes.AsSpan(offset), (ushort)value);
        return bytes;
    }
}
