using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Conntrack.Packets.Headers;

namespace Conntrack.Packets.Parsing;

/// <summary>
/// Where the headers lie that an ICMP or ICMPv6 error quotes, as far as they are in the error's first segment. A stranger wrote them: no
/// length in them is believed beyond what is there, and neither version nor checksums are looked at.
/// </summary>
[StructLayout(LayoutKind.Sequential)]
unsafe struct QuotedHeaders
{
    /// <summary>The quoted IP header; at an even distance from the ICMP header, as everything quoted is.</summary>
    public byte* Ip;

    /// <summary>What follows it and its options or extension headers.</summary>
    public byte* Transport;

    /// <summary>Bytes that may be touched from <see cref="Transport"/> on, possibly none.</summary>
    public uint Available;

    /// <summary>The protocol of <see cref="Transport"/>.</summary>
    public byte Protocol;

    /// <summary>Finds them. False when the quotation holds no whole IP header, or that of a later fragment.</summary>
    /// <param name="error">A packet that Parse marked <see cref="PacketMarks.IcmpError"/> and nothing bad.</param>
    /// <param name="headers">Valid when true.</param>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static bool TryFind(Packet* error, out QuotedHeaders headers)
    {
        byte* inner = error->Transport + IcmpHeader.ByteSize;
        uint held = (uint)(error->Mbuf->Data + error->Mbuf->DataLength - inner);
        uint length = Math.Min(held, error->TransportLength - IcmpHeader.ByteSize);
        return error->Family == PacketFamily.Ipv4 ? TryFind4(inner, length, out headers) : TryFind6(inner, length, out headers);
    }

    static bool TryFind4(byte* inner, uint length, out QuotedHeaders headers)
    {
        headers = default;
        if (length < Ipv4Header.ByteSize)
        {
            return false;
        }

        var header = (Ipv4Header*)inner;
        uint headerLength = (header->VersionAndLength & 0xfu) * 4;
        bool later = (header->Fragment & Ipv4Header.FragmentOffsetMask) != 0;
        if (later || headerLength < Ipv4Header.ByteSize || headerLength > length)
        {
            return false;
        }

        headers.Ip = inner;
        headers.Transport = inner + headerLength;
        headers.Available = length - headerLength;
        headers.Protocol = header->Protocol;
        return true;
    }

    static bool TryFind6(byte* inner, uint length, out QuotedHeaders headers)
    {
        headers = default;
        if (length < Ipv6Header.ByteSize)
        {
            return false;
        }

        Ipv6Extensions.Chain chain = Ipv6Extensions.Walk(inner, length, ((Ipv6Header*)inner)->NextHeader);
        const PacketMarks NoTransport = PacketMarks.TransportMalformed | PacketMarks.LaterFragment;
        if ((chain.Marks & NoTransport) != 0)
        {
            return false;
        }

        headers.Ip = inner;
        headers.Transport = inner + chain.Offset;
        headers.Available = length - chain.Offset;
        headers.Protocol = chain.Protocol;
        return true;
    }
}
