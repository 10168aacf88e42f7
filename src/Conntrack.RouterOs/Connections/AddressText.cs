using System.Buffers.Binary;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Conntrack.RouterOs.Connections;

/// <summary>
/// Addresses as text. IPv6 follows RFC 5952 to the letter; <see cref="IPAddress.ToString()"/> does not quite: it writes the last half of
/// ISATAP and IPv4-compatible addresses dotted, and appends the scope.
/// </summary>
public static class AddressText
{
    const int Groups = 8;

    public static string Format(IPAddress address) =>
        address.AddressFamily == AddressFamily.InterNetworkV6 ? FormatIPv6(address) : address.ToString();

    /// <summary>IPv4 takes a port behind a colon; IPv6 stays bare, its port is a property of its own.</summary>
    public static string Format(IPAddress address, ushort? port) =>
        port is { } number && address.AddressFamily == AddressFamily.InterNetwork
            ? string.Create(CultureInfo.InvariantCulture, $"{address}:{number}")
            : Format(address);

    static string FormatIPv6(IPAddress address)
    {
        if (address.IsIPv4MappedToIPv6)
        {
            // RFC 5952 section 5: the one prefix that by itself says an IPv4 address follows.
            return "::ffff:" + address.MapToIPv4();
        }

        Span<byte> bytes = stackalloc byte[16];
        address.TryWriteBytes(bytes, out _);
        (int zerosAt, int zeros) = LongestZeroRun(bytes);
        var text = new StringBuilder(39);
        for (int group = 0; group < Groups; group++)
        {
            if (group == zerosAt)
            {
                text.Append("::");
                group += zeros - 1;
                continue;
            }

            if (text.Length > 0 && text[^1] != ':')
            {
                text.Append(':');
            }

            text.Append(CultureInfo.InvariantCulture, $"{Group(bytes, group):x}");
        }

        return text.ToString();
    }

    /// <summary>RFC 5952 section 4.2: the longest run, the first of equals, and never a single group.</summary>
    static (int At, int Length) LongestZeroRun(ReadOnlySpan<byte> bytes)
    {
        (int at, int longest) = (-1, 1);
        for (int group = 0; group < Groups; group++)
        {
            int end = group;
            while (end < Groups && Group(bytes, end) == 0)
            {
                end++;
            }

            if (end - group > longest)
            {
                (at, longest) = (group, end - group);
            }

            group = Math.Max(group, end - 1);
        }

        return (at, longest);
    }

    static ushort Group(ReadOnlySpan<byte> bytes, int group) => BinaryPrimitives.ReadUInt16BigEndian(bytes[(group * 2)..]);
}
