namespace Conntrack.Tracking.Helpers;

/// <summary>Numbers and addresses in the texts of protocols, read without trusting a byte of them and written without a heap.</summary>
public static class Numbers
{
    /// <summary>Takes a decimal number of at most five digits off the front. False where there is none, or it is above <paramref name="most"/>.</summary>
    public static bool TryTake(ref ReadOnlySpan<byte> text, uint most, out uint number)
    {
        const int Longest = 5;
        number = 0;
        int digits = 0;
        while (digits < text.Length && IsDigit(text[digits]))
        {
            if (++digits > Longest)
            {
                return false;
            }

            number = (number * 10) + text[digits - 1] - '0';
        }

        text = text[digits..];
        return digits != 0 && number <= most;
    }

    /// <summary>Takes a decimal number of at most ten digits off the front. False where there is none, or it has no room in 32 bits.</summary>
    public static bool TryTakeLong(ref ReadOnlySpan<byte> text, out uint number)
    {
        const int Longest = 10;
        ulong sum = 0;
        int digits = 0;
        while (digits < text.Length && digits < Longest && IsDigit(text[digits]))
        {
            sum = (sum * 10) + text[digits++] - '0';
        }

        number = (uint)sum;
        text = text[digits..];
        return digits != 0 && sum <= uint.MaxValue;
    }

    /// <summary>Takes one character off the front. False where it is another one.</summary>
    public static bool TryTake(ref ReadOnlySpan<byte> text, byte character)
    {
        if (text.IsEmpty || text[0] != character)
        {
            return false;
        }

        text = text[1..];
        return true;
    }

    /// <summary>Takes an IPv4 address, its numbers separated by <paramref name="separator"/>, off the front.</summary>
    public static bool TryTakeAddress4(ref ReadOnlySpan<byte> text, byte separator, out uint address)
    {
        address = 0;
        for (int n = 0; n < 4; n++)
        {
            if ((n != 0 && !TryTake(ref text, separator)) || !TryTake(ref text, byte.MaxValue, out uint part))
            {
                return false;
            }

            address = (address << 8) | part;
        }

        return true;
    }

    /// <summary>An IPv6 address of groups of hexadecimal digits (RFC 5952 or any other spelling), the whole text. No zone, no dotted end.</summary>
    public static bool TryReadAddress6(ReadOnlySpan<byte> text, out UInt128 address)
    {
        address = 0;
        UInt128 before = 0;
        int groups = 0, gap = -1;
        if (text.StartsWith("::"u8))
        {
            gap = 0;
            text = text[2..];
        }

        while (!text.IsEmpty)
        {
            int digits = 0;
            uint group = 0;
            while (digits < text.Length && Hex(text[digits]) is int value and >= 0)
            {
                group = (group << 4) | (uint)value;
                if (++digits > 4)
                {
                    return false;
                }
            }

            if (digits == 0 || ++groups > 8)
            {
                return false;
            }

            before = (before << 16) | group;
            text = text[digits..];
            if (text.IsEmpty)
            {
                break;
            }

            if (text.StartsWith("::"u8) && gap < 0)
            {
                gap = groups;
                text = text[2..];
            }
            else if (text.Length > 1 && text[0] == ':')
            {
                text = text[1..];
            }
            else
            {
                return false;
            }
        }

        if (gap < 0)
        {
            address = before;
            return groups == 8;
        }

        int behind = 16 * (groups - gap);
        UInt128 low = behind == 0 ? 0 : before & ((UInt128.One << behind) - 1);
        UInt128 high = gap == 0 ? 0 : (before >> behind) << (128 - (16 * gap));
        address = high | low;
        return groups < 8;
    }

    /// <summary>Writes a number in decimal; returns its length.</summary>
    public static int Write(Span<byte> into, uint number) => number.TryFormat(into, out int written) ? written : 0;

    /// <summary>Writes an address as one does; returns its length. At most 15 and 39 characters.</summary>
    public static int WriteAddress(Span<byte> into, UInt128 address, bool ipv6, byte separator = (byte)'.')
    {
        return ipv6 ? Write6(into, address) : Write4(into, (uint)address, separator);
    }

    static int Write4(Span<byte> into, uint address, byte separator)
    {
        int length = 0;
        for (int shift = 24; shift >= 0; shift -= 8)
        {
            length += Write(into[length..], (byte)(address >> shift));
            if (shift != 0)
            {
                into[length++] = separator;
            }
        }

        return length;
    }

    /// <summary>RFC 5952: lower case, no leading zeros, the first longest run of zeros left out.</summary>
    static int Write6(Span<byte> into, UInt128 address)
    {
        int runStart = -1, runLength = 1;
        for (int first = 0; first < 8; first++)
        {
            int end = first;
            while (end < 8 && GroupOf(address, end) == 0)
            {
                end++;
            }

            if (end - first > runLength)
            {
                (runStart, runLength) = (first, end - first);
            }
        }

        int length = 0;
        for (int group = 0; group < 8; group++)
        {
            if (group == runStart)
            {
                into[length++] = (byte)':';
                into[length++] = (byte)':';
                group += runLength - 1;
                continue;
            }

            if (group != 0 && group != runStart + runLength)
            {
                into[length++] = (byte)':';
            }
            else if (group != 0 && runStart < 0)
            {
                into[length++] = (byte)':';
            }

            GroupOf(address, group).TryFormat(into[length..], out int written, "x");
            length += written;
        }

        return length;
    }

    static ushort GroupOf(UInt128 address, int group) => (ushort)(address >> (112 - (16 * group)));

    static bool IsDigit(byte character) => character is >= (byte)'0' and <= (byte)'9';

    static int Hex(byte character) => character switch
    {
        >= (byte)'0' and <= (byte)'9' => character - '0',
        >= (byte)'a' and <= (byte)'f' => character - 'a' + 10,
        >= (byte)'A' and <= (byte)'F' => character - 'A' + 10,
        _ => -1,
    };
}
