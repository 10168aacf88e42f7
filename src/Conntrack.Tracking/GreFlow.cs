using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Conntrack.Packets;
using Conntrack.Tracking.Tcp;

namespace Conntrack.Tracking;

/// <summary>GRE's own bytes of a <see cref="Connection"/>, in the place of <see cref="TcpFlow"/>: what its first packet's header said.</summary>
/// <remarks><code>
///   0 version   1 has a key   2 protocol (2)   4 key (4)   8 calls that leave (4)   12 is a call (1)   13 … 48 spare
/// </code></remarks>
[StructLayout(LayoutKind.Explicit, Size = TcpFlow.ByteSize)]
public unsafe struct GreFlow
{
    /// <summary>Stands for "the packet is too short to have a version".</summary>
    public const byte NoVersion = byte.MaxValue;

    [FieldOffset(0)] public byte Version;
    [FieldOffset(1)] public byte HasKey;

    /// <summary>EtherType of the payload, network order.</summary>
    [FieldOffset(2)] public ushort Protocol;

    /// <summary>The key of RFC 2890, or PPTP's call id; host order.</summary>
    [FieldOffset(4)] public uint Key;

    /// <summary>Of a PPTP call that a helper expected: the call that packets of a direction name when they leave, network order.</summary>
    [FieldOffset(8)] public fixed ushort CallsThatLeave[2];

    /// <summary>1 when it is one: its two directions name a call each, and neither mirrors the other.</summary>
    [FieldOffset(12)] public byte IsCall;

    /// <summary>The flow of a connection whose protocol is GRE.</summary>
    public static GreFlow* Of(Connection* connection) => (GreFlow*)((byte*)connection + TcpFlow.OffsetInConnection);

    /// <summary>Whether a connection is a call that a helper expected.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool Is(Connection* connection) => connection->Protocol == IpProtocol.Gre && Of(connection)->IsCall != 0;

    /// <summary>The port that a packet of a direction goes to when it leaves: of a call that a helper expected, the call.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ushort CallThatLeaves(Connection* connection, int direction, ushort mirrored) =>
        Is(connection) ? Of(connection)->CallsThatLeave[direction] : mirrored;
}
