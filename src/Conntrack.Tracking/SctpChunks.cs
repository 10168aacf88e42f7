using System.Buffers.Binary;
using Conntrack.Packets;
using Conntrack.Packets.Headers;

namespace Conntrack.Tracking;

/// <summary>
/// A walk over the chunks of an SCTP packet (RFC 9260 3.2), never beyond the packet or its first segment, whatever their lengths claim. A
/// chunk that continues beyond them is the last.
/// </summary>
unsafe ref struct SctpChunks
{
    /// <summary>Bytes of INIT's and INIT ACK's fixed part after the chunk header.</summary>
    const int InitSize = 16;

    readonly byte* _packet;
    readonly uint _available;
    byte* _chunk;
    uint _offset;

    public SctpChunks(Packet* packet)
    {
        _packet = packet->Transport;
        _available = FirstSegment.Available(packet);
        _offset = SctpHeader.ByteSize;
    }

    /// <summary>Type of the chunk the walk is at.</summary>
    public readonly byte Type => *_chunk;

    /// <summary>The T bit of ABORT and SHUTDOWN COMPLETE: the tag is the one of the packet it answers (RFC 9260 3.3.7).</summary>
    public readonly bool IsTagReflected => (_chunk[1] & 1) != 0;

    /// <summary>Whether it claims no length at all, not even that of its own header: the walk would not end.</summary>
    public readonly bool IsEmpty => *(ushort*)(_chunk + 2) == 0;

    /// <summary>Goes on to the next chunk. False at the end.</summary>
    public bool MoveNext()
    {
        if (_offset + SctpHeader.ChunkHeaderSize > _available)
        {
            return false;
        }

        _chunk = _packet + _offset;
        uint length = BinaryPrimitives.ReverseEndianness(*(ushort*)(_chunk + 2));
        _offset += (length + 3) & ~3u;
        return true;
    }

    /// <summary>Tag that an INIT or INIT ACK asks its receiver to use, network order. False when the chunk is cut off.</summary>
    public readonly bool TryReadInitiateTag(out uint tag)
    {
        bool whole = _chunk + SctpHeader.ChunkHeaderSize + InitSize <= _packet + _available;
        tag = whole ? *(uint*)(_chunk + SctpHeader.ChunkHeaderSize) : 0;
        return whole;
    }

    /// <summary>
    /// What may stand beside what (RFC 9260 6.10): INIT, INIT ACK and SHUTDOWN COMPLETE alone, COOKIE ECHO and COOKIE ACK first; no chunk
    /// without a length, and no packet without a chunk.
    /// </summary>
    /// <param name="packet">The packet.</param>
    /// <param name="hasData">Whether DATA is among them.</param>
    public static bool AreSound(Packet* packet, out bool hasData)
    {
        var chunks = new SctpChunks(packet);
        hasData = false;
        bool alone = false;
        int count = 0;
        for (; chunks.MoveNext(); count++)
        {
            const byte Data = 0;
            hasData |= chunks.Type == Data;
            SctpChunk kind = SctpTransitions.Classify(chunks.Type);
            alone |= kind is SctpChunk.Init or SctpChunk.InitAck or SctpChunk.ShutdownComplete;
            if (((alone || kind is SctpChunk.CookieEcho or SctpChunk.CookieAck) && count != 0) || chunks.IsEmpty)
            {
                return false;
            }
        }

        return count != 0;
    }
}
