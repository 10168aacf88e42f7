using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Conntrack.Packets.Headers;

namespace Conntrack.Packets.Rewriting;

/// <summary>
/// Both halves of one direction's translation, worked out once: what stands in every packet of it afterwards, and by how much the checksums
/// change. For TCP and UDP over IPv4.
/// </summary>
/// <remarks><code>
///  0 tuple afterwards (12)   12 change of the IP checksum (2)   14 change of the transport checksum (2)
/// 16
/// </code></remarks>
[StructLayout(LayoutKind.Explicit, Size = ByteSize)]
public struct FlowRewrite4
{
    /// <summary>Bytes of this struct.</summary>
    public const int ByteSize = 16;

    [FieldOffset(0)] public Tuple4 After;
    [FieldOffset(12)] public ushort IpDelta;
    [FieldOffset(14)] public ushort TransportDelta;

    /// <summary>False for a direction that is forwarded as it is: nothing is set.</summary>
    public readonly bool IsSet => After.Addresses != 0;

    /// <summary>The rewrite of packets that come with one tuple and leave with another.</summary>
    public static FlowRewrite4 Of(in Tuple4 before, in Tuple4 after)
    {
        ushort addresses = ChecksumUpdate.Combine(ChecksumUpdate.Delta32(before.Src, after.Src), ChecksumUpdate.Delta32(before.Dst, after.Dst));
        return new()
        {
            After = after,
            IpDelta = addresses,
            TransportDelta = ChecksumUpdate.Combine(addresses, ChecksumUpdate.Delta32(before.Ports, after.Ports)),
        };
    }

    /// <summary>Rewrites a packet that has no mark at all: whole, sound, without options. Its context stays as it came.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static unsafe void Apply(FlowRewrite4* rewrite, Packet* packet)
    {
        var ip = (Ipv4Header*)packet->Ip;
        ip->Addresses = rewrite->After.Addresses;
        ip->Checksum = ChecksumUpdate.Apply(ip->Checksum, rewrite->IpDelta);
        FlowTransport.Apply(packet, rewrite->After.Ports, rewrite->TransportDelta);
    }
}
