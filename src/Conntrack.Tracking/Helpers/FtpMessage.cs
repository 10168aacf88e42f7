using System.Text;

namespace Conntrack.Tracking.Helpers;

/// <summary>The ways in which FTP announces where a data connection goes (RFC 959 4.1.2, RFC 2428).</summary>
public enum FtpForm : byte
{
    /// <summary><c>PORT h1,h2,h3,h4,p1,p2</c></summary>
    Port,

    /// <summary><c>EPRT |1|address|port|</c></summary>
    ExtendedPort,

    /// <summary><c>227 … h1,h2,h3,h4,p1,p2 …</c></summary>
    Passive,

    /// <summary><c>229 … (|||port|)</c></summary>
    ExtendedPassive,
}

/// <summary>A line of an FTP control connection that announces an endpoint.</summary>
public static class FtpMessage
{
    /// <summary>Bytes of a line that are looked at.</summary>
    public const int Longest = 256;

    /// <summary>Room that <see cref="Write"/> takes at most: an address of IPv6 in an EPRT.</summary>
    public const int LongestText = 56;

    /// <summary>Whether a line says where a data connection goes.</summary>
    /// <param name="line">A whole line, its end included.</param>
    /// <param name="fromServer">Who says it.</param>
    /// <param name="isIpv6">What the control connection runs over: a data connection goes over the same.</param>
    /// <param name="announcement">What it says.</param>
    /// <param name="isMalformed">It means to say so, and does not.</param>
    public static bool TryRead(ReadOnlySpan<byte> line, bool fromServer, bool isIpv6, out Announcement announcement, out bool isMalformed)
    {
        announcement = default;
        isMalformed = false;
        line = line.Length > Longest ? line[..Longest] : line;
        bool read;
        if (fromServer)
        {
            if (line.StartsWith("227 "u8))
            {
                read = TryReadPassive(line, ref announcement);
            }
            else if (line.StartsWith("229 "u8))
            {
                read = TryReadExtendedPassive(line, ref announcement);
            }
            else
            {
                return false;
            }
        }
        else if (BeginsWith(line, "PORT "u8))
        {
            announcement.Form = (byte)FtpForm.Port;
            read = TryReadNumbers(line, SkipSpaces(line, 5), ref announcement) && Ends(line, announcement);
        }
        else if (BeginsWith(line, "EPRT "u8))
        {
            read = TryReadExtendedPort(line, isIpv6, ref announcement);
        }
        else
        {
            return false;
        }

        bool fits = !isIpv6 || announcement.Form is (byte)FtpForm.ExtendedPort or (byte)FtpForm.ExtendedPassive;
        isMalformed = !read || !fits;
        return !isMalformed;
    }

    /// <summary>Whether the beginning of a line may become one that <see cref="TryRead"/> wants.</summary>
    public static bool MayBegin(ReadOnlySpan<byte> beginning, bool fromServer) => fromServer
        ? BeginsSame(beginning, "227 "u8) || BeginsSame(beginning, "229 "u8)
        : BeginsSame(beginning, "PORT "u8) || BeginsSame(beginning, "EPRT "u8);

    /// <summary>What stands in the place of an announcement when it is to say another endpoint; returns its length.</summary>
    public static int Write(Span<byte> into, in Announcement form, bool isIpv6, UInt128 address, ushort port)
    {
        int length;
        switch ((FtpForm)form.Form)
        {
            case FtpForm.ExtendedPassive:
                return Numbers.Write(into, port);
            case FtpForm.ExtendedPort:
                length = Numbers.WriteAddress(into, address, isIpv6);
                into[length++] = form.Delimiter;
                return length + Numbers.Write(into[length..], port);
            default:
                length = Numbers.WriteAddress(into, address, ipv6: false, (byte)',');
                into[length++] = (byte)',';
                length += Numbers.Write(into[length..], (uint)port >> 8);
                into[length++] = (byte)',';
                return length + Numbers.Write(into[length..], (byte)port);
        }
    }

    /// <summary>Servers write what they like around the six numbers.</summary>
    static bool TryReadPassive(ReadOnlySpan<byte> line, ref Announcement announcement)
    {
        announcement.Form = (byte)FtpForm.Passive;
        for (int place = 4; place < line.Length; place++)
        {
            bool begins = char.IsAsciiDigit((char)line[place]) && !char.IsAsciiDigit((char)line[place - 1]);
            if (begins && TryReadNumbers(line, place, ref announcement))
            {
                return true;
            }
        }

        return false;
    }

    static bool TryReadNumbers(ReadOnlySpan<byte> line, int start, ref Announcement announcement)
    {
        ReadOnlySpan<byte> rest = line[start..];
        if (!Numbers.TryTakeAddress4(ref rest, (byte)',', out uint address)
            || !Numbers.TryTake(ref rest, (byte)',')
            || !Numbers.TryTake(ref rest, byte.MaxValue, out uint high)
            || !Numbers.TryTake(ref rest, (byte)',')
            || !Numbers.TryTake(ref rest, byte.MaxValue, out uint low))
        {
            return false;
        }

        announcement.Address = address;
        announcement.Port = (ushort)((high << 8) | low);
        announcement.Start = start;
        announcement.Length = line.Length - start - rest.Length;
        return announcement.Port != 0 && address != 0;
    }

    static bool TryReadExtendedPort(ReadOnlySpan<byte> line, bool isIpv6, ref Announcement announcement)
    {
        announcement.Form = (byte)FtpForm.ExtendedPort;
        int start = SkipSpaces(line, 5);
        ReadOnlySpan<byte> rest = line[start..];
        if (rest.IsEmpty || !IsDelimiter(rest[0]))
        {
            return false;
        }

        byte delimiter = rest[0];
        rest = rest[1..];
        if (!Numbers.TryTake(ref rest, 2, out uint family) || family != (isIpv6 ? 2u : 1) || !Numbers.TryTake(ref rest, delimiter))
        {
            return false;
        }

        announcement.Start = line.Length - rest.Length;
        int end = rest.IndexOf(delimiter);
        if (end < 0)
        {
            return false;
        }

        ReadOnlySpan<byte> address = rest[..end];
        rest = rest[(end + 1)..];
        uint address4 = 0;
        bool read = isIpv6
            ? Numbers.TryReadAddress6(address, out announcement.Address)
            : Numbers.TryTakeAddress4(ref address, (byte)'.', out address4) && address.IsEmpty;
        announcement.Address = isIpv6 ? announcement.Address : address4;
        if (!read || announcement.Address == 0 || !Numbers.TryTake(ref rest, ushort.MaxValue, out uint port) || port == 0)
        {
            return false;
        }

        announcement.Port = (ushort)port;
        announcement.Delimiter = delimiter;
        announcement.Length = line.Length - rest.Length - announcement.Start;
        return Numbers.TryTake(ref rest, delimiter);
    }

    static bool TryReadExtendedPassive(ReadOnlySpan<byte> line, ref Announcement announcement)
    {
        announcement.Form = (byte)FtpForm.ExtendedPassive;
        int open = line.IndexOf((byte)'(');
        if (open < 0 || line.Length < open + 6)
        {
            return false;
        }

        ReadOnlySpan<byte> rest = line[(open + 1)..];
        byte delimiter = rest[0];
        if (!IsDelimiter(delimiter) || rest[1] != delimiter || rest[2] != delimiter)
        {
            return false;
        }

        rest = rest[3..];
        announcement.Start = line.Length - rest.Length;
        if (!Numbers.TryTake(ref rest, ushort.MaxValue, out uint port) || port == 0)
        {
            return false;
        }

        announcement.Port = (ushort)port;
        announcement.Delimiter = delimiter;
        announcement.Length = line.Length - rest.Length - announcement.Start;
        return Numbers.TryTake(ref rest, delimiter);
    }

    /// <summary>Whether nothing but spaces follows on a line.</summary>
    static bool Ends(ReadOnlySpan<byte> line, in Announcement announcement) =>
        line[(announcement.Start + announcement.Length)..].Trim(" \r\n"u8).IsEmpty;

    static int SkipSpaces(ReadOnlySpan<byte> line, int place)
    {
        while (place < line.Length && line[place] == ' ')
        {
            place++;
        }

        return place;
    }

    static bool IsDelimiter(byte character) => character is > 32 and < 127 && !char.IsAsciiDigit((char)character);

    static bool BeginsWith(ReadOnlySpan<byte> line, ReadOnlySpan<byte> word) =>
        line.Length >= word.Length && Ascii.EqualsIgnoreCase(line[..word.Length], word);

    static bool BeginsSame(ReadOnlySpan<byte> beginning, ReadOnlySpan<byte> word)
    {
        int length = Math.Min(beginning.Length, word.Length);
        return Ascii.EqualsIgnoreCase(beginning[..length], word[..length]);
    }
}
