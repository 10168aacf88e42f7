using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using Conntrack.Native;
using Conntrack.Packets;
using Conntrack.Packets.Headers;

namespace Conntrack.Dataplane.Routing;

/// <summary>
/// Cuts an IP packet that is larger than the link it leaves by (RFC 791 3.2, RFC 8200 4.5). The pieces are copies in buffers of their own,
/// with room for a link header in front of each.
/// </summary>
/// <remarks><code>
/// packet   | link | IP, options | data 1 | data 2 | data 3 |
/// piece 1                | IP, options | data 1 |    piece 2   | IP, options to be copied | data 2 |
/// </code></remarks>
static unsafe class Fragmenter
{
    /// <summary>Pieces at most: a packet of 64 KB over a link of 68 bytes, the smallest there is.</summary>
    public const int MostPieces = 1400;

    const uint MoreFragments = 0x2000, OffsetMask = 0x1fff;
    const int Unit = 8;

    /// <summary>
    /// Cuts a packet into pieces of at most <paramref name="mtu"/> bytes of IP, whose frames begin with their IP headers. The packet itself is
    /// left as it is.
    /// </summary>
    /// <param name="worker">Whose pool the pieces come from.</param>
    /// <param name="frame">The packet's frame.</param>
    /// <param name="ip">Its IP header in the first buffer.</param>
    /// <param name="family">Its family.</param>
    /// <param name="mtu">Bytes.</param>
    /// <param name="number">Number of the packet that it is or answers: pieces of IPv6 are told by it.</param>
    /// <param name="pieces">Room for <see cref="MostPieces"/>.</param>
    /// <returns>How many; 0 when there are no buffers left for them, or the packet cannot be cut that small.</returns>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static uint Cut(Worker worker, Mbuf* frame, byte* ip, PacketFamily family, uint mtu, uint number, Mbuf** pieces) =>
        family == PacketFamily.Ipv4 ? Cut4(worker, frame, ip, mtu, pieces) : Cut6(worker, frame, ip, mtu, number, pieces);

    static uint Cut4(Worker worker, Mbuf* frame, byte* ip, uint mtu, Mbuf** pieces)
    {
        var header = (Ipv4Header*)ip;
        uint headerLength = (uint)(header->VersionAndLength & 0xf) * 4;
        uint length = BinaryPrimitives.ReverseEndianness(header->TotalLength) - headerLength;
        uint field = BinaryPrimitives.ReverseEndianness(header->Fragment);
        uint share = (mtu - headerLength) / Unit * Unit;
        uint count = Take(worker, length, share, pieces);
        for (uint i = 0, offset = 0; i < count; i++, offset += share)
        {
            uint part = Math.Min(share, length - offset);
            byte* copy = Begin(pieces[i], headerLength + part);
            Unsafe.CopyBlock(copy, ip, headerLength);
            if (i != 0)
            {
                KeepCopied(copy + Ipv4Header.ByteSize, headerLength - Ipv4Header.ByteSize);
            }

            // The last piece of a middle fragment is a middle fragment too.
            uint more = i + 1 < count ? MoreFragments : field & MoreFragments;
            var fragment = (Ipv4Header*)copy;
            fragment->TotalLength = BinaryPrimitives.ReverseEndianness((ushort)(headerLength + part));
            fragment->Fragment = BinaryPrimitives.ReverseEndianness((ushort)((((field & OffsetMask) + (offset / Unit)) & OffsetMask) | more));
            fragment->Checksum = 0;
            fragment->Checksum = Checksum.Finish(Checksum.Sum(copy, headerLength));
            Copy(frame, (uint)(ip - frame->Data) + headerLength + offset, part, copy + headerLength);
        }

        return count;
    }

    /// <summary>Only the router's own packets: their headers hold no extension.</summary>
    static uint Cut6(Worker worker, Mbuf* frame, byte* ip, uint mtu, uint number, Mbuf** pieces)
    {
        const uint Headers = Ipv6Header.ByteSize + FragmentHeader.ByteSize;
        var header = (Ipv6Header*)ip;
        uint length = BinaryPrimitives.ReverseEndianness(header->PayloadLength);
        uint share = (mtu - Headers) / Unit * Unit;
        uint count = Take(worker, length, share, pieces);

        // Nobody is to guess the next one (RFC 7739); a replay says the same every time.
        uint identification = worker.Feed != null
            ? number
            : worker.Hash->Hash6(&header->Addresses, new PortPair { Ports = number }, header->NextHeader, 0);
        for (uint i = 0, offset = 0; i < count; i++, offset += share)
        {
            uint part = Math.Min(share, length - offset);
            byte* copy = Begin(pieces[i], Headers + part);
            Unsafe.CopyBlock(copy, ip, Ipv6Header.ByteSize);
            ((Ipv6Header*)copy)->PayloadLength = BinaryPrimitives.ReverseEndianness((ushort)(FragmentHeader.ByteSize + part));
            ((Ipv6Header*)copy)->NextHeader = IpProtocol.Fragment;
            byte* extension = copy + Ipv6Header.ByteSize;
            extension[0] = header->NextHeader;
            extension[1] = 0;
            *(ushort*)(extension + 2) = BinaryPrimitives.ReverseEndianness((ushort)(offset | (i + 1 < count ? 1u : 0u)));
            *(uint*)(extension + 4) = identification;
            Copy(frame, (uint)(ip - frame->Data) + Ipv6Header.ByteSize + offset, part, copy + Headers);
        }

        return count;
    }

    static uint Take(Worker worker, uint length, uint share, Mbuf** pieces)
    {
        uint count = share == 0 ? 0 : (length + share - 1) / share;
        bool taken = count is > 0 and <= MostPieces && worker.Settings->Pool != null && Mbufs.AllocateBulk(worker.Settings->Pool, pieces, count) == 0;
        return taken ? count : 0;
    }

    static byte* Begin(Mbuf* piece, uint bytes)
    {
        piece->DataLength = (ushort)bytes;
        piece->PacketLength = bytes;
        return piece->Data;
    }

    /// <summary>Options without the copied bit stand in the first fragment alone (RFC 791 3.1); in their place come no-operations.</summary>
    static void KeepCopied(byte* options, uint length)
    {
        const byte End = 0, NoOperation = 1, Copied = 0x80;
        for (uint at = 0; at < length && options[at] != End;)
        {
            uint size = options[at] == NoOperation ? 1u : at + 1 < length ? options[at + 1] : 0u;
            if (size == 0 || at + size > length)
            {
                return;
            }

            if ((options[at] & Copied) == 0)
            {
                new Span<byte>(options + at, (int)size).Fill(NoOperation);
            }

            at += size;
        }
    }

    static void Copy(Mbuf* frame, uint offset, uint length, byte* to)
    {
        byte* there = Mbufs.Read(frame, offset, length, to);
        if (there != to)
        {
            Unsafe.CopyBlock(to, there, length);
        }
    }
}
