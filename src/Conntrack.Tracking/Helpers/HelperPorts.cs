using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Conntrack.Packets;

namespace Conntrack.Tracking.Helpers;

/// <summary>
/// <c>/ip firewall service-port</c> as workers read it: which destination ports have a helper, in words that are compared whole. Part of
/// <see cref="TrackingParameters"/>; a change holds for connections that begin after it.
/// </summary>
/// <remarks><code>
///   0 count (4)   4 1 for sip-direct-media (1)   5 spare (3)   8 sip-timeout, ticks (4)   12 spare (4)
///  16 port in host order (2), 1 for TCP, 2 for UDP (1), helper (1) × 40
/// 176
/// </code></remarks>
[StructLayout(LayoutKind.Explicit, Size = ByteSize)]
public unsafe struct HelperPorts
{
    /// <summary>Bytes of this struct.</summary>
    public const int ByteSize = 176;

    /// <summary>Ports of all helpers together: eight for each that may choose, and those of PPTP and H.323.</summary>
    public const int Most = 40;

    const int HelperShift = 24;
    const uint TcpMask = 1 << 16, UdpMask = 2 << 16;

    /// <summary>Ports in use; 0 when every helper is off, and no packet is asked about anything.</summary>
    [FieldOffset(0)] public uint Count;

    /// <summary>sip-direct-media: media come from the two ends of the signalling alone.</summary>
    [FieldOffset(4)] public byte IsSipMediaDirect;

    /// <summary>sip-timeout in ticks of 10 ms.</summary>
    [FieldOffset(8)] public uint SipTimeout;

    /// <summary>A bit for every port in use, shared by some that are not: most connections are to none of them.</summary>
    [FieldOffset(12)] uint _seen;

    [FieldOffset(16)] fixed uint _ports[Most];

    /// <summary>Gives a port a helper. False when there is no room.</summary>
    /// <param name="helper">The helper.</param>
    /// <param name="protocol">Of the connections it reads: TCP or UDP.</param>
    /// <param name="port">Their original destination port, host order.</param>
    public bool TryAdd(HelperKind helper, byte protocol, ushort port)
    {
        uint both = port | ((uint)helper << HelperShift);
        for (uint n = 0; n < Count; n++)
        {
            if ((_ports[n] & ~(TcpMask | UdpMask)) == both)
            {
                _ports[n] |= MaskOf(protocol);
                return true;
            }
        }

        if (Count == Most)
        {
            return false;
        }

        _seen |= BitOf(port);
        _ports[Count++] = both | MaskOf(protocol);
        return true;
    }

    /// <summary>Whether a port, network order, may have a helper: <see cref="Find"/> knows.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly bool MayHave(ushort networkPort) => (_seen & BitOf(BinaryPrimitives.ReverseEndianness(networkPort))) != 0;

    /// <summary>The helper of a connection to a port, network order.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public readonly HelperKind Find(byte protocol, ushort networkPort)
    {
        uint port = BinaryPrimitives.ReverseEndianness(networkPort), mask = MaskOf(protocol);
        for (uint n = 0; n < Count; n++)
        {
            if ((ushort)_ports[n] == port && (_ports[n] & mask) != 0)
            {
                return (HelperKind)(_ports[n] >> HelperShift);
            }
        }

        return HelperKind.None;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static uint BitOf(uint port) => 1u << (int)((port + (port >> 5)) & 31);

    static uint MaskOf(byte protocol) => protocol switch
    {
        IpProtocol.Tcp => TcpMask,
        IpProtocol.Udp => UdpMask,
        _ => 0,
    };
}
