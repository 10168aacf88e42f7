using System.Buffers.Binary;
using Conntrack.Native;
using Conntrack.Packets;
using Conntrack.Packets.Headers;

namespace Conntrack.Dataplane.Routing;

/// <summary>Frames that the router itself makes: an IP header in front of what it says, and an Ethernet header that says no more than what follows.</summary>
static unsafe class OwnFrame
{
    /// <summary>Time to live and hop limit of what the router says (RFC 1700).</summary>
    const byte Hops = 64;

    /// <summary>An empty buffer with room for a frame of so many bytes of IP; null when there is none left.</summary>
    public static Mbuf* Take(Worker worker, uint bytes)
    {
        Mbuf* mbuf;
        if (worker.Settings->Pool == null || Mbufs.AllocateBulk(worker.Settings->Pool, &mbuf, 1) < 0)
        {
            worker.State->NoBuffers++;
            return null;
        }

        mbuf->DataLength = (ushort)(EthernetHeader.ByteSize + bytes);
        mbuf->PacketLength = EthernetHeader.ByteSize + bytes;
        return mbuf;
    }

    /// <summary>Writes an IPv4 header without options, checksum included.</summary>
    /// <param name="cause">What it answers, whose number names it too: the same whichever worker says it.</param>
    /// <param name="ip">20 bytes.</param>
    /// <param name="addresses">Source and destination as <see cref="Tuple4.Addresses"/>.</param>
    /// <param name="protocol">What follows.</param>
    /// <param name="length">Bytes of header and payload.</param>
    /// <param name="trafficClass">Type of service.</param>
    public static void WriteIpv4(Packet* cause, byte* ip, ulong addresses, byte protocol, uint length, byte trafficClass)
    {
        var header = (Ipv4Header*)ip;
        *header = new Ipv4Header
        {
            VersionAndLength = Ipv4Header.Plain,
            TypeOfService = trafficClass,
            TotalLength = BinaryPrimitives.ReverseEndianness((ushort)length),
            Identification = BinaryPrimitives.ReverseEndianness((ushort)cause->Number),
            TimeToLive = Hops,
            Protocol = protocol,
            Addresses = addresses,
        };
        header->Checksum = Checksum.Finish(Checksum.Sum(ip, Ipv4Header.ByteSize));
    }

    /// <summary>Writes an IPv6 header; the addresses stand there already.</summary>
    /// <param name="ip">40 bytes.</param>
    /// <param name="nextHeader">What follows.</param>
    /// <param name="payload">Bytes behind the header.</param>
    /// <param name="trafficClass">Traffic class.</param>
    /// <param name="hops">Hop limit.</param>
    public static void WriteIpv6(byte* ip, byte nextHeader, uint payload, byte trafficClass, byte hops = Hops)
    {
        var header = (Ipv6Header*)ip;
        header->VersionClassFlow = BinaryPrimitives.ReverseEndianness((6u << 28) | ((uint)trafficClass << 20));
        header->PayloadLength = BinaryPrimitives.ReverseEndianness((ushort)payload);
        header->NextHeader = nextHeader;
        header->HopLimit = hops;
    }

    /// <summary>Says in the Ethernet header what follows it.</summary>
    public static void WriteType(Mbuf* frame, PacketFamily family) => *(ushort*)(frame->Data + 12) = LinkHeader.TypeOf(family);
}
