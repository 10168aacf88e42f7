using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Conntrack.Packets;
using Conntrack.Tracking.Tcp;
using Conntrack.Tracking.Translation;

namespace Conntrack.Tracking;

/// <summary>Ends of a connection that an endpoint-independent mapping stands for.</summary>
[Flags]
public enum MappedEnds : byte
{
    None = 0,

    /// <summary>It leaves with its client's mapping: ein-snat of connection-nat-state.</summary>
    Source = 1 << 0,

    /// <summary>It came to a mapping, and goes on to whose it is: ein-dnat.</summary>
    Destination = 1 << 1,
}

/// <summary>UDP's own bytes of a <see cref="Connection"/>, in the place of <see cref="TcpFlow"/>.</summary>
/// <remarks><code>
///   0 start phase (2)   2 mapped ends (1)   3 spare   4 mapping of the source (4)   8 of the destination (4)   12 … 48 spare
/// </code>
/// Which ends are mapped lies in the line of the tuples: whether a connection that ends has to give a mapping back costs it no cache miss.
/// </remarks>
[StructLayout(LayoutKind.Explicit, Size = TcpFlow.ByteSize)]
public unsafe struct UdpFlow
{
    /// <summary>Microseconds of its start within the tick.</summary>
    [FieldOffset(0)] public ushort StartPhase;

    [FieldOffset(2)] public MappedEnds Mapped;

    /// <summary>Numbers in the <see cref="MappingTable"/> of mappings that this connection keeps alive, by end; see <see cref="Mapped"/>.</summary>
    [FieldOffset(4)] public fixed uint Mappings[2];

    /// <summary>The flow of a connection whose protocol is UDP, or UDP-Lite, which is never mapped.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static UdpFlow* Of(Connection* connection) => (UdpFlow*)((byte*)connection + TcpFlow.OffsetInConnection);

    /// <summary>The ends of any connection that are mapped.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static MappedEnds MappedOf(Connection* connection) =>
        connection->Protocol == IpProtocol.Udp ? Of(connection)->Mapped : MappedEnds.None;

    /// <summary>Gives back what the connection keeps alive.</summary>
    public static void GiveBack(Connection* connection, MappingTable* mappings)
    {
        UdpFlow* flow = Of(connection);
        if ((flow->Mapped & MappedEnds.Source) != 0)
        {
            MappingTable.Release(mappings, flow->Mappings[0]);
        }

        if ((flow->Mapped & MappedEnds.Destination) != 0)
        {
            MappingTable.Release(mappings, flow->Mappings[1]);
        }

        flow->Mapped = MappedEnds.None;
    }
}
