namespace Conntrack.Tracking.Helpers;

/// <summary>A request of one client to another to connect to it, carried by an IRC server: <c>\1DCC SEND name address port size\1</c>.</summary>
public static class IrcMessage
{
    /// <summary>Room that <see cref="Write"/> takes at most.</summary>
    public const int LongestText = 16;

    /// <summary>Looks for the next request. False when there is none.</summary>
    /// <param name="text">The data of a packet, from where to look on.</param>
    /// <param name="announcement">Its address and port; what says them.</param>
    /// <param name="read">Bytes that have been looked at, whether or not there was one.</param>
    /// <param name="isMalformed">It begins like one and is none.</param>
    public static bool TryFind(ReadOnlySpan<byte> text, out Announcement announcement, out int read, out bool isMalformed)
    {
        announcement = default;
        isMalformed = false;
        int begin = text.IndexOf("\u0001DCC "u8);
        if (begin < 0)
        {
            read = text.Length;
            return false;
        }

        read = begin + 5;
        ReadOnlySpan<byte> rest = text[read..];
        isMalformed = true;
        int end = rest.IndexOfAny((byte)1, (byte)'\n');
        rest = end < 0 ? rest : rest[..end];
        if (!SkipWord(ref rest) || !SkipWord(ref rest))
        {
            return false;
        }

        int stop = end < 0 ? text.Length : read + end;
        announcement.Start = stop - rest.Length;
        if (!Numbers.TryTakeLong(ref rest, out uint address) || !Numbers.TryTake(ref rest, (byte)' ') || !Numbers.TryTake(ref rest, ushort.MaxValue, out uint port))
        {
            return false;
        }

        announcement.Address = address;
        announcement.Port = (ushort)port;
        int behind = stop - rest.Length;
        announcement.Length = behind - announcement.Start;
        read = behind;
        isMalformed = address == 0 || port == 0;
        return !isMalformed;
    }

    /// <summary>Another address and port in their place; returns the length.</summary>
    public static int Write(Span<byte> into, uint address, ushort port)
    {
        int length = Numbers.Write(into, address);
        into[length++] = (byte)' ';
        return length + Numbers.Write(into[length..], port);
    }

    static bool SkipWord(ref ReadOnlySpan<byte> text)
    {
        int end = text.IndexOf((byte)' ');
        text = end < 0 ? default : text[(end + 1)..];
        return end > 0;
    }
}
