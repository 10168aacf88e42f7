using Conntrack.Testing;
using Conntrack.Tracking.Helpers;
using static Conntrack.Fuzz.InvariantException;

namespace Conntrack.Fuzz;

/// <summary>
/// A helper's reader over guarded memory: it allocates nothing, reads nothing outside, and what it says it has found lies in what it was given.
/// </summary>
/// <remarks><code>
/// input: 0 bit 0 from the server (of SIP: part of a stream; of H.323: H.245), bit 1 IPv6 (1)   1 the text
/// </code></remarks>
/// <param name="helper">Whose reader.</param>
sealed unsafe class HelperTarget(HelperKind helper) : FuzzTarget
{
    readonly GuardedMemory _memory = new(4096);

    public override string Name => helper.ToString().ToLowerInvariant();

    public override IEnumerable<byte[]> Seeds() => helper switch
    {
        HelperKind.Ftp =>
        [
            [0, .. "PORT 10,0,0,2,19,137\r\n"u8], [0, .. "EPRT |1|10.0.0.2|5282|\r\n"u8], [2, .. "EPRT |2|2001:db8::2|5282|\r\n"u8],
            [1, .. "227 Entering Passive Mode (10,0,0,8,156,64).\r\n"u8], [1, .. "229 Extended Passive Mode Entered (|||40000|)\r\n"u8],
        ],
        HelperKind.Irc => [[0, .. "PRIVMSG you :\u0001DCC SEND a.txt 167772162 5001 100\u0001\r\n"u8], [0, .. "\u0001DCC CHAT chat 3405803777 65535\u0001"u8]],
        HelperKind.Pptp =>
        [
            [0, 0, 16, 0, 1, 0x1A, 0x2B, 0x3C, 0x4D, 0, 12, 0, 0, 0, 7, 0, 0],
            [1, 0, 32, 0, 1, 0x1A, 0x2B, 0x3C, 0x4D, 0, 8, 0, 0, 0x41, 0, 0, 7, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
        ],
        HelperKind.Sip =>
        [
            [
                0, .. "INVITE sip:bob@198.51.100.5:5060 SIP/2.0\r\nVia: SIP/2.0/UDP 10.0.0.2:5060;branch=z9;rport=7;received=10.0.0.2;maddr=10.0.0.2\r\n"u8,
                .. "From: \"A, B\" <sip:alice@10.0.0.2>;tag=1\r\nTo: <sip:bob@198.51.100.5>\r\nCSeq: 1 INVITE\r\nContact: <sip:a@10.0.0.2>;expires=9,\r\n sip:b@10.0.0.3\r\n"u8,
                .. "Expires: 60\r\nContent-Length: 99\r\n\r\nv=0\r\no=a 1 1 IN IP4 10.0.0.2\r\nc=IN IP4 10.0.0.2\r\nm=audio 4000 RTP/AVP 0\r\nm=video 5000 RTP/AVP 1\r\nc=IN IP4 10.0.0.4\r\n"u8,
            ],
            [1, .. "SIP/2.0 200 OK\r\nv: SIP/2.0/TCP 203.0.113.1:5060\r\nCSeq: 2 REGISTER\r\nm: <sip:alice@203.0.113.1:5061;transport=tcp>;expires=60\r\nl: 0\r\n\r\n"u8],
            [
                2, .. "ACK sip:[2001:db8::5]:5060 SIP/2.0\r\nVia: SIP/2.0/UDP [2001:db8::2]\r\nf: <sip:[2001:db8::2]>\r\nt: <sip:x@[2001:db8::5]:5060>\r\nCSeq: 3 ACK\r\n"u8,
                .. "\r\nv=0\r\nc=IN IP6 2001:db8::2\r\nm=image 4000 udptl t38\r\n"u8,
            ],
        ],
        HelperKind.H323 =>
        [
            [
                0, .. Convert.FromHexString(
                    "080200010504038893a57e008a0500a8060008914a0004020500456789abc344020061006200632280b500534c04637472616b00c633640906b80000000000000000" +
                    "00000000000000000000451007000a00000213881100000102030405060708090a0b0c0d0e0f2e02120000000c6013800a040001000a0000021389190000010c60" +
                    "138011140001000a0000021388000a0000021389"),
            ],
            [
                0, .. Convert.FromHexString(
                    "080200010704038893a57e00410502c0060008914a000400c63364092af82280b500534c04637472616b000000000000000000000000000000000001110000010203" +
                    "0405060708090a0b0c0d0e0f"),
            ],
            [0, .. Convert.FromHexString("080200016204038893a57e001f052810010004c00180150113030000000c6013800a040001000a0000021389")],
            [1, .. Convert.FromHexString("0300000308ccc2240eff040111700009800a040001000a000002138b")],
            [1, .. Convert.FromHexString("03800002101830010040026d8003000001010908000a00000205df00")],
            [1, .. Convert.FromHexString("22c000000280101c0000c6336409177000c63364091771")],
        ],
        _ => [[0, 0, 1, .. "boot\0octet\0"u8]],
    };

    public override void Run(ReadOnlySpan<byte> input)
    {
        if (!input.IsEmpty)
        {
            Check(new ReadOnlySpan<byte>(_memory.PlaceLast(input[1..]), input.Length - 1), input[0]);
            Check(new ReadOnlySpan<byte>(_memory.PlaceFirst(input[1..]), input.Length - 1), input[0]);
        }
    }

    public override void Dispose() => _memory.Dispose();

    void Check(ReadOnlySpan<byte> text, byte how)
    {
        Read(text, how);
        var allocation = new Allocation();
        Read(text, how);
        ThrowUnless(allocation.IsNone);
    }

    void Read(ReadOnlySpan<byte> text, byte how)
    {
        bool fromServer = (how & 1) != 0, isIpv6 = (how & 2) != 0;
        switch (helper)
        {
            case HelperKind.Ftp:
                _ = FtpMessage.MayBegin(text, fromServer);
                if (FtpMessage.TryRead(text, fromServer, isIpv6, out Announcement announcement, out bool isMalformed))
                {
                    Lies(announcement, text.Length);
                    Span<byte> written = stackalloc byte[FtpMessage.LongestText];
                    ThrowUnless(FtpMessage.Write(written, announcement, isIpv6, announcement.Address, announcement.Port) > 0 && !isMalformed);
                }

                break;
            case HelperKind.Irc:
                while (!text.IsEmpty)
                {
                    if (IrcMessage.TryFind(text, out Announcement request, out int read, out _))
                    {
                        Lies(request, text.Length);
                    }

                    ThrowUnless(read > 0 && read <= text.Length);
                    text = text[read..];
                }

                break;
            case HelperKind.Pptp:
                if (PptpMessage.TryRead(text, out PptpMessage message))
                {
                    ThrowUnless(message.Length <= text.Length && Math.Max(message.CallAt, message.PeerAt) + 2 <= message.Length);
                }

                break;
            case HelperKind.Sip:
                ReadSip(text, isStream: fromServer, isIpv6);
                break;
            case HelperKind.H323:
                ReadH323(text, isControl: fromServer);
                break;
            default:
                _ = TftpRequest.Is(text);
                break;
        }
    }

    /// <summary>Places lie one behind the other, and each takes back what it says in no more room than it promises.</summary>
    static void ReadSip(ReadOnlySpan<byte> text, bool isStream, bool isIpv6)
    {
        var places = new SipPlaces(stackalloc SipPlace[32]);
        SipReading reading = SipMessage.Read(text, isStream, isIpv6, ref places, out SipMessage message);
        ThrowUnless(reading != SipReading.Message || (message.HeadLength <= message.Length && message.Length <= text.Length && message.Sequence != 0));
        int end = 0;
        Span<byte> written = stackalloc byte[SipPlace.LongestText];
        foreach (ref SipPlace place in places.All)
        {
            ThrowUnless(place.Start >= end && place.Length >= 0 && place.Start + place.Length <= text.Length);
            end = place.Start + place.Length;
            for (SipText form = SipText.Endpoint; form <= SipText.Number; form++)
            {
                place.Text = form;
                ThrowUnless(place.Write(written, isIpv6) > 0);
            }
        }
    }

    static void ReadH323(ReadOnlySpan<byte> text, bool isControl)
    {
        var places = new H323Places(stackalloc H323Place[24]);
        _ = isControl ? H245Message.TryRead(text, 0, text.Length, ref places) : Q931Message.TryRead(text, 0, text.Length, ref places);
        foreach (ref readonly H323Place place in places.All)
        {
            ThrowUnless(place.Start >= 0 && place.Start + (place.IsIpv6 ? 18 : 6) <= text.Length);
        }
    }

    static void Lies(in Announcement announcement, int length) =>
        ThrowUnless(announcement.Port != 0 && announcement.Start >= 0 && announcement.Length > 0 && announcement.Start + announcement.Length <= length);
}
