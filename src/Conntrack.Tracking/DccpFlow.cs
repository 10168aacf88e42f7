using System.Runtime.InteropServices;
using Conntrack.Tracking.Tcp;

namespace Conntrack.Tracking;

/// <summary>DCCP's own bytes of a <see cref="Connection"/>, in the place of <see cref="TcpFlow"/>.</summary>
/// <remarks><code>
///   0 spare (4)   4 sequence number of the Response (8)   12 … 48 spare
/// </code></remarks>
[StructLayout(LayoutKind.Explicit, Size = TcpFlow.ByteSize)]
public unsafe struct DccpFlow
{
    /// <summary>48 bits: what the client's first acknowledgment has to acknowledge.</summary>
    [FieldOffset(4)] public ulong Response;

    /// <summary>The flow of a connection whose protocol is DCCP.</summary>
    public static DccpFlow* Of(Connection* connection) => (DccpFlow*)((byte*)connection + TcpFlow.OffsetInConnection);
}
