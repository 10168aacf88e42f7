using Conntrack.Packets;

namespace Conntrack.Tracking.Helpers;

/// <summary>What is in a line of a SIP head: URIs, hosts, parameters (RFC 3261 25). Everything is looked for within the line alone.</summary>
static class SipLine
{
    const ushort DefaultPort = 5060, FirstPort = 1024;

    /// <summary>Takes the next line off the front, with its end and with the lines that continue it. Empty where no line ends.</summary>
    public static ReadOnlySpan<byte> Take(ReadOnlySpan<byte> text, bool folds)
    {
        int length = 0;
        do
        {
            int end = text[length..].IndexOf((byte)'\n');
            if (end < 0)
            {
                return folds && length != 0 ? text[..length] : default;
            }

            length += end + 1;
        }
        while (folds && length < text.Length && text[length] is (byte)' ' or (byte)'\t');

        return text[..length];
    }

    /// <summary>Whether a line ends a head.</summary>
    public static bool IsEmpty(ReadOnlySpan<byte> line) => line.Length == 1 || (line.Length == 2 && line[0] == '\r');

    /// <summary>Whether a text begins with a word, in whatever case; the word is in lower case.</summary>
    public static bool Begins(ReadOnlySpan<byte> text, ReadOnlySpan<byte> word)
    {
        if (text.Length < word.Length)
        {
            return false;
        }

        for (int n = 0; n < word.Length; n++)
        {
            if (Lower(text[n]) != word[n])
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Where a header's value begins if it has this name or this letter, both in lower case; 0 otherwise.</summary>
    public static int ValueOf(ReadOnlySpan<byte> line, ReadOnlySpan<byte> name, byte letter)
    {
        int at = Begins(line, name) ? name.Length : letter != 0 && Lower(line[0]) == letter ? 1 : 0;
        if (at == 0)
        {
            return 0;
        }

        at = SkipSpace(line, at);
        return at < line.Length && line[at] == ':' ? SkipSpace(line, at + 1) : 0;
    }

    /// <summary>Where a word stands first, in whatever case; negative for nowhere.</summary>
    public static int Find(ReadOnlySpan<byte> text, ReadOnlySpan<byte> word)
    {
        for (int at = 0; at <= text.Length - word.Length; at++)
        {
            if (Begins(text[at..], word))
            {
                return at;
            }
        }

        return -1;
    }

    /// <summary>Bytes of the first of several values of a header, separated by commas that are neither quoted nor part of a URI in brackets.</summary>
    public static int LengthOfValue(ReadOnlySpan<byte> text)
    {
        bool quoted = false, inside = false;
        for (int at = 0; at < text.Length; at++)
        {
            switch (text[at])
            {
                case (byte)'"' when !inside:
                    quoted = !quoted;
                    break;
                case (byte)'\\' when quoted:
                    at++;
                    break;
                case (byte)'<' when !quoted:
                    inside = true;
                    break;
                case (byte)'>' when !quoted:
                    inside = false;
                    break;
                case (byte)',' when !quoted && !inside:
                    return at;
            }
        }

        return text.Length;
    }

    /// <summary>The endpoint of the first <c>sip:</c> URI. False where there is none or its host is a name.</summary>
    /// <param name="text">A value, or a request line.</param>
    /// <param name="isIpv6">The family that its address has to have.</param>
    /// <param name="place">Its place in the text.</param>
    public static bool TryFindUri(ReadOnlySpan<byte> text, bool isIpv6, out SipPlace place)
    {
        place = default;
        int from = BehindName(text), at = Find(text[from..], "sip:"u8);
        if (at < 0)
        {
            return false;
        }

        at += from + 4;
        int end = at;
        while (end < text.Length && text[end] is not ((byte)'@' or (byte)'>' or (byte)'"' or (byte)' ' or (byte)'\t' or (byte)'\r' or (byte)'\n'))
        {
            end++;
        }

        at = end < text.Length && text[end] == '@' ? end + 1 : at;
        return TryReadEndpoint(text, at, isIpv6, out place);
    }

    /// <summary>An address with or without a port. False for names, and for ports that no SIP is at.</summary>
    public static bool TryReadEndpoint(ReadOnlySpan<byte> text, int at, bool isIpv6, out SipPlace place)
    {
        if (!TryReadHost(text, at, isIpv6, out place))
        {
            return false;
        }

        place.Port = DefaultPort;
        ReadOnlySpan<byte> rest = text[(at + place.Length)..];
        if (Numbers.TryTake(ref rest, (byte)':'))
        {
            if (!Numbers.TryTake(ref rest, ushort.MaxValue, out uint port) || port < FirstPort)
            {
                return false;
            }

            place.Port = (ushort)port;
            place.Length = text.Length - rest.Length - at;
        }

        return true;
    }

    /// <summary>An address alone, of IPv6 in brackets.</summary>
    public static bool TryReadHost(ReadOnlySpan<byte> text, int at, bool isIpv6, out SipPlace place)
    {
        place = new SipPlace { Start = at };
        ReadOnlySpan<byte> rest = text[at..];
        if (!isIpv6)
        {
            if (!TryReadAddress(rest, false, out place.Address, out place.Length))
            {
                return false;
            }

            return at + place.Length == text.Length || !IsOfName(text[at + place.Length]);
        }

        int end = rest.IndexOf((byte)']');
        if (end < 0 || rest[0] != '[' || !Numbers.TryReadAddress6(rest[1..end], out place.Address))
        {
            return false;
        }

        place.Length = end + 1;
        return true;
    }

    /// <summary>An address without brackets, as SDP has it.</summary>
    public static bool TryReadAddress(ReadOnlySpan<byte> text, bool isIpv6, out UInt128 address, out int length)
    {
        if (!isIpv6)
        {
            ReadOnlySpan<byte> rest = text;
            bool isOne = Numbers.TryTakeAddress4(ref rest, (byte)'.', out uint number);
            address = number;
            length = text.Length - rest.Length;
            return isOne;
        }

        length = 0;
        while (length < text.Length && (char.IsAsciiHexDigit((char)text[length]) || text[length] == ':'))
        {
            length++;
        }

        return Numbers.TryReadAddress6(text[..length], out address);
    }

    /// <summary>Where the value of a parameter begins, its name in lower case with the equals sign; negative where it is not there.</summary>
    public static int FindParameter(ReadOnlySpan<byte> value, ReadOnlySpan<byte> name)
    {
        for (int from = 0; ;)
        {
            int at = Find(value[from..], name);
            if (at < 0)
            {
                return -1;
            }

            at += from;
            if (at > 0 && value[at - 1] is (byte)';' or (byte)' ' or (byte)'\t' or (byte)'?' or (byte)'&')
            {
                return at + name.Length;
            }

            from = at + name.Length;
        }
    }

    /// <summary>The protocol that a contact's <c>transport=</c> asks for: 0 for none.</summary>
    public static byte TransportOf(ReadOnlySpan<byte> value)
    {
        int at = FindParameter(value, "transport="u8);
        return at < 0 ? (byte)0
            : Begins(value[at..], "udp"u8) ? IpProtocol.Udp
            : Begins(value[at..], "tcp"u8) ? IpProtocol.Tcp
            : IpProtocol.Reserved;
    }

    /// <summary>Where a value goes on behind a quoted name, which may say anything.</summary>
    static int BehindName(ReadOnlySpan<byte> value)
    {
        int at = 0;
        while (at < value.Length && value[at] is (byte)' ' or (byte)'\t' or (byte)'\r' or (byte)'\n')
        {
            at++;
        }

        if (at == value.Length || value[at] != '"')
        {
            return 0;
        }

        for (at++; at < value.Length; at++)
        {
            if (value[at] == '"')
            {
                return at + 1;
            }

            at += value[at] == '\\' ? 1 : 0;
        }

        return value.Length;
    }

    static int SkipSpace(ReadOnlySpan<byte> line, int at)
    {
        while (at < line.Length && line[at] is (byte)' ' or (byte)'\t')
        {
            at++;
        }

        return at;
    }

    /// <summary>What may go on after the last digit of what looked like an address.</summary>
    static bool IsOfName(byte character) => char.IsAsciiLetterOrDigit((char)character) || character is (byte)'.' or (byte)'-' or (byte)'_';

    static byte Lower(byte character) => character is >= (byte)'A' and <= (byte)'Z' ? (byte)(character | 0x20) : character;
}
