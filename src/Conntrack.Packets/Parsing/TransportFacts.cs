using System.Runtime.InteropServices;

namespace Conntrack.Packets;

/// <summary>What a transport header adds to a packet; eight bytes, so that it travels in a register.</summary>
[StructLayout(LayoutKind.Sequential)]
struct TransportFacts
{
    /// <summary>As <see cref="PortPair.Ports"/>.</summary>
    public uint Ports;

    public PacketMarks Marks;
    public byte TcpFlags;
}
