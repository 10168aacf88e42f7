using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Conntrack.Packets.Headers;

namespace Conntrack.Packets.Rewriting;

/// <summary>As <see cref="FlowRewrite4"/>, for IPv6, whose header has no checksum. Lies at any address divisible by four.</summary>
/// <remarks><code>
///  0 addresses afterwards (32)   32 ports afterwards (4)   36 change of the transport checksum (2)   38 set (2)
/// 40
/// </code></remarks>
[StructLayout(LayoutKind.Explicit, Size = ByteSize)]
public struct FlowRewrite6
{
    /// <summary>Bytes of this struct.</summary>
    public const int ByteSize = 40;

    [FieldOffset(0)] public Addresses6 Addresses;
    [FieldOffset(32)] public PortPair Ports;
    [FieldOffset(36)] public ushort TransportDelta;
    [FieldOffset(38)] ushort _set;

    /// <summary>False for a direction that is forwarded as it is: nothing is set.</summary>
    public readonly bool IsSet => _set != 0;

    /// <summary>The rewrite of packets that come with these addresses and ports and leave with those.</summary>
    public static FlowRewrite6 Of(in Addresses6 before, PortPair portsBefore, in Addresses6 after, PortPair portsAfter)
    {
        ushort addresses = ChecksumUpdate.Combine(ChecksumUpdate.Delta128(before.Src, after.Src), ChecksumUpdate.Delta128(before.Dst, after.Dst));
        return new()
        {
            Addresses = after,
            Ports = portsAfter,
            TransportDelta = ChecksumUpdate.Combine(addresses, ChecksumUpdate.Delta32(portsBefore.Ports, portsAfter.Ports)),
            _set = 1,
        };
    }

    /// <summary>Rewrites a packet that has no mark at all: whole, sound, without extension headers. Its context stays as it came.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static unsafe void Apply(FlowRewrite6* rewrite, Packet* packet)
    {
        byte* addresses = (byte*)&((Ipv6Header*)packet->Ip)->Addresses;
        Vector256.Load((byte*)rewrite).Store(addresses);
        FlowTransport.Apply(packet, rewrite->Ports.Ports, rewrite->TransportDelta);
    }
}
