using System.Globalization;

namespace Conntrack.RouterOs.Settings;

/// <summary>An Ethernet address; <paramref name="Value"/> is its six bytes as a number, the first on the wire highest.</summary>
public readonly record struct MacAddress(ulong Value)
{
    const int Bytes = 6;

    /// <summary>Neither zero nor a group's address: the lowest bit of the first byte marks groups (IEEE 802).</summary>
    public bool IsUnicast => Value != 0 && ((Value >> 40) & 1) == 0;

    /// <summary>The first byte on the wire is number 0.</summary>
    public byte this[int index] => (byte)(Value >> (8 * (Bytes - 1 - index)));

    /// <summary>Six pairs of hexadecimal digits of either case with colons between them.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out MacAddress address)
    {
        address = default;
        if (text.Length != (Bytes * 3) - 1)
        {
            return false;
        }

        ulong value = 0;
        for (int i = 0; i < Bytes; i++)
        {
            ReadOnlySpan<char> pair = text.Slice(i * 3, 2);
            if (!byte.TryParse(pair, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out byte octet)
                || (i < Bytes - 1 && text[(i * 3) + 2] != ':'))
            {
                return false;
            }

            value = (value << 8) | octet;
        }

        address = new MacAddress(value);
        return true;
    }

    /// <summary><c>02:00:00:00:00:0A</c>, as RouterOS prints it.</summary>
    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"{this[0]:X2}:{this[1]:X2}:{this[2]:X2}:{this[3]:X2}:{this[4]:X2}:{this[5]:X2}");
}
