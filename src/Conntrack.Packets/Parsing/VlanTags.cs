using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Conntrack.Packets.Headers;

namespace Conntrack.Packets.Parsing;

/// <summary>VLAN tags between the MAC addresses and the packet: one (802.1Q) or two (802.1ad and its predecessors).</summary>
static unsafe class VlanTags
{
    /// <summary>More tags than two are no QinQ: the frame passes as something that is not IP.</summary>
    const int MaxTags = 2;

    /// <summary>What follows the link layer.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct Payload
    {
        /// <summary>Its EtherType, as loaded; meaningless when cut off.</summary>
        public ushort EtherType;

        /// <summary>Where it begins in the frame.</summary>
        public ushort Offset;

        /// <summary>A tag was announced and the segment ends before it does.</summary>
        public bool IsCutOff;
    }

    /// <summary>Skips the tags of a frame whose Ethernet header is complete and says <paramref name="etherType"/>.</summary>
    /// <param name="frame">The Ethernet header.</param>
    /// <param name="held">Bytes of the first segment.</param>
    /// <param name="etherType">The header's EtherType, as loaded.</param>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static Payload Skip(byte* frame, uint held, ushort etherType)
    {
        uint offset = EthernetHeader.ByteSize;
        for (int tags = 0; tags < MaxTags && IsTag(etherType); tags++)
        {
            if (held - offset < VlanTag.ByteSize)
            {
                return new Payload { Offset = (ushort)offset, IsCutOff = true };
            }

            etherType = ((VlanTag*)(frame + offset))->EtherType;
            offset += VlanTag.ByteSize;
        }

        return new Payload { EtherType = etherType, Offset = (ushort)offset };
    }

    static bool IsTag(ushort etherType) => etherType is EtherType.Vlan or EtherType.ServiceVlan or EtherType.StackedVlan;
}
