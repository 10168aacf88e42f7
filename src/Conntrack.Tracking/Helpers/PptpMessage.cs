using System.Buffers.Binary;

namespace Conntrack.Tracking.Helpers;

/// <summary>Control messages that name calls (RFC 2637 2).</summary>
public enum PptpKind : ushort
{
    OutgoingCallRequest = 7,
    OutgoingCallReply = 8,
    IncomingCallRequest = 9,
    IncomingCallReply = 10,
    IncomingCallConnected = 11,
    CallClearRequest = 12,
    CallDisconnectNotify = 13,
    WanErrorNotify = 14,
    SetLinkInfo = 15,
}

/// <summary>A control message of PPTP and where in it calls are named, 0 for nowhere. Offsets in bytes from its beginning; calls in host order.</summary>
public readonly record struct PptpMessage(PptpKind Kind, int Length, int CallAt, ushort Call, int PeerAt, ushort Peer, byte Result)
{
    /// <summary>The result code of a call that is made.</summary>
    public const byte Connected = 1;

    const int HeaderLength = 12, FirstCall = 12, SecondCall = 14, ResultAt = 16;
    const uint Cookie = 0x1A2B_3C4D;

    /// <summary>Reads the message that data begins with. False for what is none, and for one of which not all is there.</summary>
    public static bool TryRead(ReadOnlySpan<byte> data, out PptpMessage message)
    {
        message = default;
        if (data.Length < HeaderLength)
        {
            return false;
        }

        int length = BinaryPrimitives.ReadUInt16BigEndian(data);
        bool isControl = BinaryPrimitives.ReadUInt16BigEndian(data[2..]) == 1 && BinaryPrimitives.ReadUInt32BigEndian(data[4..]) == Cookie;
        if (!isControl || length < HeaderLength || length > data.Length)
        {
            return false;
        }

        var kind = (PptpKind)BinaryPrimitives.ReadUInt16BigEndian(data[8..]);
        (int call, int peer, int least) = kind switch
        {
            PptpKind.OutgoingCallRequest or PptpKind.IncomingCallRequest => (FirstCall, 0, 16),
            PptpKind.OutgoingCallReply or PptpKind.IncomingCallReply => (FirstCall, SecondCall, 17),
            PptpKind.CallClearRequest or PptpKind.CallDisconnectNotify => (FirstCall, 0, 14),
            PptpKind.IncomingCallConnected or PptpKind.WanErrorNotify or PptpKind.SetLinkInfo => (0, FirstCall, 14),
            _ => (0, 0, HeaderLength),
        };
        if (length < least)
        {
            return false;
        }

        message = new PptpMessage(
            kind, length, call, call == 0 ? (ushort)0 : BinaryPrimitives.ReadUInt16BigEndian(data[call..]),
            peer, peer == 0 ? (ushort)0 : BinaryPrimitives.ReadUInt16BigEndian(data[peer..]),
            least == 17 ? data[ResultAt] : (byte)0);
        return true;
    }
}
