namespace Conntrack.Tracking.Helpers;

/// <summary>What a place of a SIP message says.</summary>
public enum SipField : byte
{
    /// <summary>Whom a request is for.</summary>
    RequestUri,

    /// <summary>The topmost Via: who has sent a request, and hears the response.</summary>
    Via,

    /// <summary>Its <c>maddr=</c>, <c>received=</c> and <c>rport=</c>.</summary>
    ViaMaddr,
    ViaReceived,
    ViaPort,

    Contact,
    From,
    To,

    /// <summary>The number alone.</summary>
    ContentLength,

    /// <summary>Addresses of SDP's <c>o=</c> and <c>c=</c>, the latter of the session and of one medium.</summary>
    SdpOwner,
    SdpConnection,
    SdpMediaConnection,

    /// <summary>The port of an <c>m=</c> line.</summary>
    SdpPort,
}

/// <summary>How a place is written anew.</summary>
public enum SipText : byte
{
    /// <summary>Not at all.</summary>
    AsItIs,

    /// <summary><c>192.0.2.1:5060</c>, <c>[2001:db8::1]:5060</c></summary>
    Endpoint,

    /// <summary><c>192.0.2.1</c>, <c>2001:db8::1</c></summary>
    Address,

    /// <summary><c>192.0.2.1</c>, <c>[2001:db8::1]</c></summary>
    Host,

    Number,
}

/// <summary>A place of a SIP message that names an address, a port or a length, and what is to stand there.</summary>
public struct SipPlace
{
    /// <summary>Room that a text takes at most.</summary>
    public const int LongestText = 48;

    /// <summary>Of a contact that says nothing about how long it holds.</summary>
    public const uint NoExpiry = uint.MaxValue;

    /// <summary>Host order, IPv4 in the low 32 bits.</summary>
    public UInt128 Address;

    /// <summary>First byte of what says it, in bytes from the beginning of the message.</summary>
    public int Start;

    /// <summary>Bytes of what says it.</summary>
    public int Length;

    /// <summary>Of a contact: seconds until it is no more. Of a length: bytes.</summary>
    public uint Number;

    /// <summary>Host order; 5060 where an endpoint has none.</summary>
    public ushort Port;

    public SipField Field;

    public SipText Text;

    /// <summary>Of SDP: which of the media it is about.</summary>
    public byte Medium;

    /// <summary>Of a contact: the number of the protocol that <c>transport=</c> asks for, 0 for none.</summary>
    public byte Protocol;

    /// <summary>Writes what is to stand here; returns its length.</summary>
    public readonly int Write(Span<byte> into, bool isIpv6)
    {
        if (Text == SipText.Number)
        {
            return Numbers.Write(into, Number);
        }

        bool brackets = isIpv6 && Text != SipText.Address;
        int length = 0;
        if (brackets)
        {
            into[length++] = (byte)'[';
        }

        length += Numbers.WriteAddress(into[length..], Address, isIpv6);
        if (brackets)
        {
            into[length++] = (byte)']';
        }

        if (Text == SipText.Endpoint)
        {
            into[length++] = (byte)':';
            length += Numbers.Write(into[length..], Port);
        }

        return length;
    }
}

/// <summary>The places of a message in the order they stand there, in room that somebody else gives.</summary>
/// <param name="room">The room.</param>
public ref struct SipPlaces(Span<SipPlace> room)
{
    readonly Span<SipPlace> _room = room;

    /// <summary>Places there are.</summary>
    public int Count { get; private set; }

    /// <summary>There were more than there is room for.</summary>
    public bool HasMore { get; private set; }

    public readonly Span<SipPlace> All => _room[..Count];

    public void Add(in SipPlace place)
    {
        if (Count == _room.Length)
        {
            HasMore = true;
            return;
        }

        _room[Count++] = place;
    }
}
