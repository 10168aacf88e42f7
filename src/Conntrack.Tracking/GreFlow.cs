using System.Runtime.InteropServices;
using Conntrack.Tracking.Tcp;

namespace Conntrack.Tracking;

/// <summary>GRE's own bytes of a <see cref="Connection"/>, in the place of <see cref="TcpFlow"/>: what its first packet's header said.</summary>
/// <remarks><code>
///   0 version   1 has a key   2 protocol (2)   4 key (4)   8 … 48 spare
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

    /// <summary>The flow of a connection whose protocol is GRE.</summary>
    public static GreFlow* Of(Connection* connection) => (GreFlow*)((byte*)connection + TcpFlow.OffsetInConnection);
}
