using System.Runtime.InteropServices;
using Conntrack.Tracking.Tcp;

namespace Conntrack.Tracking;

/// <summary>SCTP's own bytes of a <see cref="Connection"/>, in the place of <see cref="TcpFlow"/>: what the verification tags must be.</summary>
/// <remarks><code>
///   0 sides that sent INIT (a bit each)   1 side of the strange heartbeat   2 spare   4 tag orig (4)   8 tag repl (4)
/// </code></remarks>
[StructLayout(LayoutKind.Explicit, Size = TcpFlow.ByteSize)]
public unsafe struct SctpFlow
{
    [FieldOffset(0)] byte _initiated;

    /// <summary>1 + direction of a heartbeat whose tag did not fit and that nobody has answered yet; 0 for none.</summary>
    [FieldOffset(1)] public byte StrangeHeartbeat;

    /// <summary>The tag each direction's packets carry, in network order; the receiver has chosen it. Zero while unknown.</summary>
    [FieldOffset(4)] public fixed uint Tags[2];

    /// <summary>The flow of a connection whose protocol is SCTP.</summary>
    public static SctpFlow* Of(Connection* connection) => (SctpFlow*)((byte*)connection + TcpFlow.OffsetInConnection);

    /// <summary>Whether this side has sent an INIT in the handshake under way.</summary>
    public readonly bool HasInitiated(int direction) => (_initiated & (1 << direction)) != 0;

    /// <summary>The cookie is acknowledged: the INITs before it are answered, and their answers cannot change any more.</summary>
    public void EndHandshake() => _initiated = 0;

    /// <summary>This side sends an INIT. After a collision of both sides' it begins another exchange.</summary>
    public void Initiate(int direction)
    {
        const byte Both = 3;
        _initiated = (byte)(_initiated == Both ? 1 << direction : _initiated | (1 << direction));
    }
}
