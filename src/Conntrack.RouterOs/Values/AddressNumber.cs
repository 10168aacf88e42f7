using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;

namespace Conntrack.RouterOs.Values;

/// <summary>
/// Addresses as numbers, so that they compare and ranges can be tested: host order, IPv4 in the low 32 bits. Reading is stricter than
/// <see cref="IPAddress"/>, which takes <c>010.0.0.1</c> for octal, <c>10.1</c> for 10.0.0.1, and brackets, scopes and prefixes with IPv6.
/// </summary>
public static class AddressNumber
{
    const int MostIPv6Length = 45;

    public static UInt128 Of(IPAddress address)
    {
        Span<byte> bytes = stackalloc byte[16];
        address.TryWriteBytes(bytes, out int length);
        return length == 4 ? BinaryPrimitives.ReadUInt32BigEndian(bytes) : BinaryPrimitives.ReadUInt128BigEndian(bytes);
    }

    /// <summary>The IPv4 address of the low 32 bits.</summary>
    public static IPAddress ToIPv4(UInt128 number)
    {
        Span<byte> bytes = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, (uint)number);
        return new IPAddress(bytes);
    }

    public static IPAddress ToIPv6(UInt128 number)
    {
        Span<byte> bytes = stackalloc byte[16];
        BinaryPrimitives.WriteUInt128BigEndian(bytes, number);
        return new IPAddress(bytes);
    }

    /// <summary>Four decimal numbers up to 255 without leading zeros.</summary>
    public static bool TryParseIPv4(ReadOnlySpan<char> text, out UInt128 number)
    {
        number = 0;
        Span<Range> parts = stackalloc Range[5];
        if (text.Split(parts, '.') != 4)
        {
            return false;
        }

        uint value = 0;
        foreach (Range range in parts[..4])
        {
            ReadOnlySpan<char> part = text[range];
            if (part.Length is 0 or > 3 || (part.Length > 1 && part[0] == '0')
                || !byte.TryParse(part, System.Globalization.NumberStyles.None, null, out byte octet))
            {
                return false;
            }

            value = (value << 8) | octet;
        }

        number = value;
        return true;
    }

    /// <summary>An IPv6 address in any spelling of RFC 4291, without scope.</summary>
    public static bool TryParseIPv6(ReadOnlySpan<char> text, out UInt128 number)
    {
        number = 0;
        if (text.Length is < 2 or > MostIPv6Length || text.ContainsAny("%[]/") || !text.Contains(':')
            || !IPAddress.TryParse(text, out IPAddress? address) || address.AddressFamily != AddressFamily.InterNetworkV6)
        {
            return false;
        }

        number = Of(address);
        return true;
    }
}
