namespace Conntrack.Tracking.Helpers;

/// <summary>Methods that mean something to a helper.</summary>
public enum SipMethod : byte
{
    Other,
    Invite,
    Update,
    Ack,
    Prack,
    Bye,
    Register,
}

/// <summary>What data turned out to be.</summary>
public enum SipReading : byte
{
    /// <summary>No SIP.</summary>
    Nothing,

    Message,

    /// <summary>It begins like a message and is none.</summary>
    Malformed,

    /// <summary>The rest of the message is in another segment.</summary>
    Partial,

    /// <summary>More lines, or more addresses, than are read.</summary>
    TooMuch,
}

/// <summary>A SIP message (RFC 3261 7) and the session it describes (SDP, RFC 4566).</summary>
public struct SipMessage
{
    /// <summary>Lines of a head, and of a description.</summary>
    const int MostLines = 128;

    /// <summary>Media of a description that are read.</summary>
    public const int MostMedia = 3;

    public bool IsResponse;

    /// <summary>Of a response.</summary>
    public ushort Code;

    /// <summary>Of a request; of a response that of the request.</summary>
    public SipMethod Method;

    /// <summary>CSeq.</summary>
    public uint Sequence;

    /// <summary>The header Expires, in seconds; 0 where there is none.</summary>
    public uint Expires;

    /// <summary>Bytes up to the body.</summary>
    public int HeadLength;

    /// <summary>Bytes of all.</summary>
    public int Length;

    /// <summary>Reads the message that data begins with.</summary>
    /// <param name="text">The data.</param>
    /// <param name="isStream">It is part of a stream, where the head says how long the body is; otherwise a datagram.</param>
    /// <param name="isIpv6">The family of the addresses that are looked for.</param>
    /// <param name="places">Where there are any.</param>
    /// <param name="message">The message.</param>
    public static SipReading Read(ReadOnlySpan<byte> text, bool isStream, bool isIpv6, ref SipPlaces places, out SipMessage message)
    {
        message = default;
        ReadOnlySpan<byte> first = SipLine.Take(text, folds: false);
        if (first.IsEmpty || !message.TryReadFirst(first, isIpv6, ref places, out bool isSound))
        {
            return SipReading.Nothing;
        }

        if (!isSound)
        {
            return SipReading.Malformed;
        }

        SipReading reading = message.ReadHead(text, first.Length, isStream, isIpv6, ref places, out uint contentLength);
        if (reading != SipReading.Message)
        {
            return reading;
        }

        if (isStream)
        {
            if (contentLength > (uint)(text.Length - message.HeadLength))
            {
                return contentLength == SipPlace.NoExpiry ? SipReading.Malformed : SipReading.Partial;
            }

            message.Length = message.HeadLength + (int)contentLength;
        }
        else
        {
            message.Length = text.Length;
        }

        if (!ReadDescription(text[..message.Length], message.HeadLength, isIpv6, ref places))
        {
            return SipReading.TooMuch;
        }

        return places.HasMore ? SipReading.TooMuch : SipReading.Message;
    }

    /// <summary>The first line: a request or a response. False for neither.</summary>
    bool TryReadFirst(ReadOnlySpan<byte> line, bool isIpv6, ref SipPlaces places, out bool isSound)
    {
        isSound = true;
        if (SipLine.Begins(line, "sip/2.0 "u8))
        {
            ReadOnlySpan<byte> rest = line[8..];
            IsResponse = true;
            isSound = Numbers.TryTake(ref rest, 699, out uint code) && code >= 100;
            Code = (ushort)code;
            return true;
        }

        int method = line.IndexOf((byte)' ');
        ReadOnlySpan<byte> end = line.TrimEnd("\r\n"u8);
        if (method <= 0 || end.Length < method + 9 || !SipLine.Begins(end[^8..], " sip/2.0"u8))
        {
            return false;
        }

        Method = MethodOf(line[..method]);
        if (SipLine.TryFindUri(line[(method + 1)..], isIpv6, out SipPlace place))
        {
            place.Start += method + 1;
            Add(ref places, place, SipField.RequestUri);
        }

        return true;
    }

    SipReading ReadHead(ReadOnlySpan<byte> text, int at, bool isStream, bool isIpv6, ref SipPlaces places, out uint contentLength)
    {
        contentLength = uint.MaxValue;
        var seen = SeenHeaders.None;
        for (int lines = 0; at < text.Length; lines++)
        {
            ReadOnlySpan<byte> line = SipLine.Take(text[at..], folds: true);
            if (lines == MostLines)
            {
                return SipReading.TooMuch;
            }

            if (line.IsEmpty)
            {
                break;
            }

            if (SipLine.IsEmpty(line))
            {
                HeadLength = at + line.Length;
                return Sequence == 0 ? SipReading.Malformed : SipReading.Message;
            }

            if (!ReadHeader(line, at, isIpv6, ref places, ref seen, ref contentLength))
            {
                return SipReading.Malformed;
            }

            at += line.Length;
        }

        // A datagram has no more: its head ends where it does.
        HeadLength = text.Length;
        return isStream ? SipReading.Partial : Sequence == 0 ? SipReading.Malformed : SipReading.Message;
    }

    /// <summary>Headers of which the first alone counts.</summary>
    [Flags]
    enum SeenHeaders : byte
    {
        None = 0,
        Via = 1,
        From = 2,
        To = 4,
        ContentLength = 8,
    }

    bool ReadHeader(ReadOnlySpan<byte> line, int start, bool isIpv6, ref SipPlaces places, ref SeenHeaders seen, ref uint contentLength)
    {
        int at;
        switch (line[0] | 0x20)
        {
            case 'v' when (seen & SeenHeaders.Via) == 0 && (at = SipLine.ValueOf(line, "via"u8, (byte)'v')) != 0:
                seen |= SeenHeaders.Via;
                ReadVia(line, at, start, isIpv6, ref places);
                break;
            case 'm' or 'c' when (at = SipLine.ValueOf(line, "contact"u8, (byte)'m')) != 0:
                ReadContacts(line, at, start, isIpv6, ref places);
                break;
            case 'f' when (seen & SeenHeaders.From) == 0 && (at = SipLine.ValueOf(line, "from"u8, (byte)'f')) != 0:
                seen |= SeenHeaders.From;
                ReadParty(line, at, start, isIpv6, SipField.From, ref places);
                break;
            case 't' when (seen & SeenHeaders.To) == 0 && (at = SipLine.ValueOf(line, "to"u8, (byte)'t')) != 0:
                seen |= SeenHeaders.To;
                ReadParty(line, at, start, isIpv6, SipField.To, ref places);
                break;
            case 'e' when (at = SipLine.ValueOf(line, "expires"u8, 0)) != 0:
                ReadOnlySpan<byte> seconds = line[at..];
                _ = Numbers.TryTakeLong(ref seconds, out Expires);
                break;
            case 'c' when (at = SipLine.ValueOf(line, "cseq"u8, 0)) != 0:
                return ReadSequence(line[at..]);
            case 'c' or 'l' when (seen & SeenHeaders.ContentLength) == 0 && (at = SipLine.ValueOf(line, "content-length"u8, (byte)'l')) != 0:
                seen |= SeenHeaders.ContentLength;
                ReadOnlySpan<byte> rest = line[at..];
                if (!Numbers.TryTakeLong(ref rest, out contentLength) || contentLength > ushort.MaxValue)
                {
                    return false;
                }

                Add(
                    ref places,
                    new SipPlace { Start = start + at, Length = line.Length - rest.Length - at, Number = contentLength }, SipField.ContentLength);
                break;
        }

        return true;
    }

    bool ReadSequence(ReadOnlySpan<byte> value)
    {
        if (!Numbers.TryTakeLong(ref value, out Sequence) || Sequence == 0)
        {
            return false;
        }

        if (IsResponse)
        {
            value = value.TrimStart(" \t\r\n"u8);
            int end = value.IndexOfAny(" \t\r\n"u8);
            Method = MethodOf(end < 0 ? value : value[..end]);
        }

        return true;
    }

    /// <summary>Who has sent it over UDP or TCP, and what the servers it came through have noted of that (RFC 3261 18.2, RFC 3581).</summary>
    static void ReadVia(ReadOnlySpan<byte> line, int at, int start, bool isIpv6, ref SipPlaces places)
    {
        ReadOnlySpan<byte> value = line[at..];
        value = value[..SipLine.LengthOfValue(value)];
        if (!SipLine.Begins(value, "sip/2.0/udp"u8) && !SipLine.Begins(value, "sip/2.0/tcp"u8))
        {
            return;
        }

        int host = 11;
        while (host < value.Length && value[host] is (byte)' ' or (byte)'\t')
        {
            host++;
        }

        if (host == value.Length || !SipLine.TryReadEndpoint(value, host, isIpv6, out SipPlace via))
        {
            return;
        }

        int behind = host + via.Length;
        via.Start += start + at;
        Add(ref places, via, SipField.Via);

        // In the order they stand there; each of the three at most once.
        Span<(int At, SipField Field)> found =
        [
            (SipLine.FindParameter(value[behind..], "maddr="u8), SipField.ViaMaddr),
            (SipLine.FindParameter(value[behind..], "received="u8), SipField.ViaReceived),
            (SipLine.FindParameter(value[behind..], "rport="u8), SipField.ViaPort),
        ];
        for (int n = 0; n < found.Length; n++)
        {
            int next = n;
            for (int other = n + 1; other < found.Length; other++)
            {
                next = found[other].At < found[next].At ? other : next;
            }

            (found[n], found[next]) = (found[next], found[n]);
            if (found[n].At >= 0)
            {
                ReadViaParameter(value, behind + found[n].At, start + at, found[n].Field, isIpv6, ref places);
            }
        }
    }

    static void ReadViaParameter(ReadOnlySpan<byte> value, int at, int start, SipField field, bool isIpv6, ref SipPlaces places)
    {
        SipPlace place = new() { Start = at };
        ReadOnlySpan<byte> rest = value[at..];
        bool isThere;
        if (field == SipField.ViaPort)
        {
            isThere = Numbers.TryTake(ref rest, ushort.MaxValue, out place.Number);
            place.Length = value.Length - rest.Length - at;
        }
        else if (field == SipField.ViaMaddr)
        {
            isThere = at < value.Length && SipLine.TryReadHost(value, at, isIpv6, out place);
        }
        else
        {
            isThere = SipLine.TryReadAddress(rest, isIpv6, out place.Address, out place.Length);
        }

        if (isThere)
        {
            place.Start += start;
            Add(ref places, place, field);
        }
    }

    static void ReadContacts(ReadOnlySpan<byte> line, int at, int start, bool isIpv6, ref SipPlaces places)
    {
        while (at < line.Length)
        {
            ReadOnlySpan<byte> value = line[at..];
            value = value[..SipLine.LengthOfValue(value)];
            if (SipLine.TryFindUri(value, isIpv6, out SipPlace place))
            {
                ReadOnlySpan<byte> behind = value[(place.Start + place.Length)..];
                int expires = SipLine.FindParameter(behind, "expires="u8);
                ReadOnlySpan<byte> seconds = expires < 0 ? default : behind[expires..];
                place.Number = Numbers.TryTakeLong(ref seconds, out uint number) ? number : SipPlace.NoExpiry;
                place.Protocol = SipLine.TransportOf(behind);
                place.Start += start + at;
                Add(ref places, place, SipField.Contact);
            }

            at += value.Length + 1;
        }
    }

    static void ReadParty(ReadOnlySpan<byte> line, int at, int start, bool isIpv6, SipField field, ref SipPlaces places)
    {
        if (SipLine.TryFindUri(line[at..], isIpv6, out SipPlace place))
        {
            place.Start += start + at;
            Add(ref places, place, field);
        }
    }

    /// <summary>The lines of a description from its version on, also where it is a part of several. False where there are too many.</summary>
    static bool ReadDescription(ReadOnlySpan<byte> text, int at, bool isIpv6, ref SipPlaces places)
    {
        const byte NoMedium = byte.MaxValue;
        bool hasBegun = false, inMedia = false;
        byte medium = NoMedium;
        int media = 0;
        for (int lines = 0; at < text.Length; lines++)
        {
            if (lines == MostLines)
            {
                return false;
            }

            ReadOnlySpan<byte> line = SipLine.Take(text[at..], folds: false);
            line = line.IsEmpty ? text[at..] : line;
            hasBegun |= line.StartsWith("v="u8);
            if (hasBegun && line.StartsWith("m="u8))
            {
                inMedia = true;
                medium = TryReadMedium(line, at, media, ref places) ? (byte)media++ : NoMedium;
                if (media == MostMedia && medium == NoMedium)
                {
                    break;
                }
            }
            else if (hasBegun && (line.StartsWith("c="u8) || (line.StartsWith("o="u8) && !inMedia)) && (!inMedia || medium != NoMedium))
            {
                SipField field = line[0] == 'o' ? SipField.SdpOwner : inMedia ? SipField.SdpMediaConnection : SipField.SdpConnection;
                int found = line.IndexOf(isIpv6 ? "IN IP6 "u8 : "IN IP4 "u8);
                if (found >= 0 && SipLine.TryReadAddress(line[(found + 7)..], isIpv6, out UInt128 address, out int length))
                {
                    Add(ref places, new SipPlace { Start = at + found + 7, Length = length, Address = address, Medium = medium }, field);
                }
            }

            at += line.Length;
        }

        return true;
    }

    /// <summary>Audio, video or a fax with a port of its own: 0 is a stream that is off.</summary>
    static bool TryReadMedium(ReadOnlySpan<byte> line, int start, int medium, ref SipPlaces places)
    {
        const int Port = 8;
        ReadOnlySpan<byte> kind = line[2..];
        if (medium == MostMedia || !(kind.StartsWith("audio "u8) || kind.StartsWith("video "u8) || kind.StartsWith("image "u8)))
        {
            return false;
        }

        ReadOnlySpan<byte> rest = line[Port..];
        if (!Numbers.TryTake(ref rest, ushort.MaxValue, out uint port) || port == 0)
        {
            return false;
        }

        Add(
            ref places,
            new SipPlace { Start = start + Port, Length = line.Length - rest.Length - Port, Port = (ushort)port, Number = port, Medium = (byte)medium },
            SipField.SdpPort);
        return true;
    }

    static void Add(ref SipPlaces places, SipPlace place, SipField field)
    {
        place.Field = field;
        places.Add(place);
    }

    static SipMethod MethodOf(ReadOnlySpan<byte> word) =>
        Is(word, "invite"u8) ? SipMethod.Invite
        : Is(word, "update"u8) ? SipMethod.Update
        : Is(word, "ack"u8) ? SipMethod.Ack
        : Is(word, "prack"u8) ? SipMethod.Prack
        : Is(word, "bye"u8) ? SipMethod.Bye
        : Is(word, "register"u8) ? SipMethod.Register
        : SipMethod.Other;

    static bool Is(ReadOnlySpan<byte> word, ReadOnlySpan<byte> name) => word.Length == name.Length && SipLine.Begins(word, name);
}
