using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Conntrack.Packets.Headers;

namespace Conntrack.Packets.Parsing;

/// <summary>
/// The chain of extension headers between the IPv6 header and the transport (RFC 8200 4).
/// It ends at the first header that is no extension: a transport, ESP (whatever follows is encrypted) or No Next Header. Mobility, HIP and
/// Shim6 have the form of an extension (RFC 7045) but are the payload themselves: as in nf_conntrack they are the protocol.
/// </summary>
/// <remarks>A chain may be as long as the packet: walking it costs less than what as many bytes in small packets would.</remarks>
static unsafe class Ipv6Extensions
{
    /// <summary>A bit for each extension header.</summary>
    const ulong Extensions = (1ul << IpProtocol.HopByHop) | (1ul << IpProtocol.Routing) | (1ul << IpProtocol.Fragment)
        | (1ul << IpProtocol.Authentication) | (1ul << IpProtocol.DestinationOptions);

    /// <summary>Bytes of the fragment header, and the least any other has.</summary>
    const int ShortestHeader = 8;

    /// <summary>
    /// Home Address option: the checksum was computed over the address in it, not over the header's source (RFC 6275 6.3).
    /// </summary>
    const byte HomeAddressOption = 201;

    const byte Pad1Option = 0;

    /// <summary>Where a chain ends.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct Chain
    {
        /// <summary>Bytes from the IPv6 header to what follows the last extension header.</summary>
        public uint Offset;

        /// <summary>Options and fragment marks.</summary>
        public PacketMarks Marks;

        /// <summary>What follows; of a later fragment, the fragment header's next header; of a broken chain, the header that is cut off.</summary>
        public byte Protocol;

        /// <summary>The pseudo header of the transport has another source than the IPv6 header.</summary>
        public bool HidesSource;

        /// <summary>The pseudo header of the transport has another destination than the IPv6 header.</summary>
        public bool HidesDestination;

        /// <summary>Either.</summary>
        public readonly bool HidesAddresses => HidesSource | HidesDestination;

        /// <summary>A header is cut off: there is no transport.</summary>
        public readonly bool IsBroken => (Marks & PacketMarks.TransportMalformed) != 0;
    }

    /// <summary>Whether this next header is an extension header that <see cref="Walk"/> steps over.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool Contains(byte nextHeader) => nextHeader < 64 && ((Extensions >> nextHeader) & 1) != 0;

    /// <summary>Walks the chain.</summary>
    /// <param name="ip">The IPv6 header.</param>
    /// <param name="limit">Bytes that may be read from there: those of the IP packet that are in the first segment.</param>
    /// <param name="next">The IPv6 header's next header, an extension header.</param>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static Chain Walk(byte* ip, uint limit, byte next)
    {
        Chain chain = new() { Offset = Ipv6Header.ByteSize };
        while (Contains(next))
        {
            byte* header = ip + chain.Offset;
            chain.Marks |= PacketMarks.Options;
            uint length = limit - chain.Offset < ShortestHeader ? uint.MaxValue : LengthOf(next, header);
            if (length > limit - chain.Offset)
            {
                chain.Marks |= PacketMarks.TransportMalformed;
                break;
            }

            if (next == IpProtocol.Fragment)
            {
                chain.Marks |= FragmentMarks(header);
            }
            else if (next == IpProtocol.Routing)
            {
                // Segments left: the pseudo header has the final destination, not the next stop (RFC 8200 8.1).
                chain.HidesDestination |= header[3] != 0;
            }
            else if (next == IpProtocol.DestinationOptions)
            {
                chain.HidesSource |= HasHomeAddress(header, length);
            }

            next = header[0];
            chain.Offset += length;
            if ((chain.Marks & PacketMarks.LaterFragment) != 0)
            {
                break;
            }
        }

        chain.Protocol = next;
        return chain;
    }

    /// <summary>The header that makes a packet a fragment: the first fragment header that is not atomic.</summary>
    /// <param name="ip">An IPv6 header whose chain <see cref="Walk"/> has found sound, and a fragment.</param>
    /// <param name="named">Where the byte stands that names it, from the IPv6 header on.</param>
    /// <returns>Where it begins, from the IPv6 header on.</returns>
    public static uint FindFragment(byte* ip, out uint named)
    {
        named = Ipv6Header.NextHeaderOffset;
        uint offset = Ipv6Header.ByteSize;
        while (ip[named] != IpProtocol.Fragment || FragmentMarks(ip + offset) == PacketMarks.None)
        {
            uint length = LengthOf(ip[named], ip + offset);
            named = offset;
            offset += length;
        }

        return offset;
    }

    static uint LengthOf(byte next, byte* header) => next switch
    {
        IpProtocol.Fragment => ShortestHeader,
        IpProtocol.Authentication => (header[1] + 2u) * 4,
        _ => (header[1] + 1u) * 8,
    };

    /// <summary>None for an atomic fragment, which is a whole packet (RFC 6946).</summary>
    static PacketMarks FragmentMarks(byte* header)
    {
        bool more = (header[3] & 1) != 0;
        bool later = (header[2] | (header[3] & 0xf8)) != 0;
        return later ? PacketMarks.Fragment | PacketMarks.LaterFragment : more ? PacketMarks.Fragment : PacketMarks.None;
    }

    static bool HasHomeAddress(byte* header, uint length)
    {
        uint offset = 2;
        while (offset < length)
        {
            if (header[offset] == HomeAddressOption)
            {
                return true;
            }

            if (header[offset] == Pad1Option)
            {
                offset++;
            }
            else if (offset + 1 < length)
            {
                offset += 2u + header[offset + 1];
            }
            else
            {
                break;
            }
        }

        return false;
    }
}
