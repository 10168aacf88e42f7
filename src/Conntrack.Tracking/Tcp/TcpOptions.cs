using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Conntrack.Packets.Headers;
using Conntrack.Tracking.Helpers;

namespace Conntrack.Tracking.Tcp;

/// <summary>
/// The options tracking needs: window scale (RFC 7323 2) and SACK permitted of a SYN, the blocks of a SACK (RFC 2018). What contradicts
/// itself ends the reading; what was read before it counts.
/// </summary>
static unsafe class TcpOptions
{
    const byte End = 0, NoOperation = 1, WindowScale = 3, SackPermitted = 4, Sack = 5;

    /// <summary>RFC 7323 2.3: larger shifts mean this one.</summary>
    const byte LargestShift = 14;

    /// <summary>NOP, NOP, timestamps (8), length 10: how nearly every stack pads the one option nearly every segment has.</summary>
    const uint PaddedTimestamps = 0x0A08_0101;

    /// <summary>Whether a segment has options that may hold a SACK; false for none and for the usual timestamps alone.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool MayHoldSack(TcpHeader* header)
    {
        const int Plain = 5, WithTimestamps = 8;
        int words = header->DataOffset >> 4;
        return words != Plain && (words != WithTimestamps || *(uint*)(header + 1) != PaddedTimestamps);
    }

    /// <summary>The highest right edge of a segment's SACK blocks, or its acknowledgment where that is higher.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static uint HighestEdge(TcpHeader* header, uint acknowledgment)
    {
        const int Block = 8, RightEdge = 4;
        ReadOnlySpan<byte> options = Of(header);
        while (Next(ref options, out byte kind, out ReadOnlySpan<byte> value))
        {
            if (kind == Sack && value.Length >= Block && value.Length % Block == 0)
            {
                uint highest = acknowledgment;
                for (int block = 0; block < value.Length; block += Block)
                {
                    highest = TcpWindow.Later(highest, BinaryPrimitives.ReadUInt32BigEndian(value[(block + RightEdge)..]));
                }

                return highest;
            }
        }

        return acknowledgment;
    }

    /// <summary>What a SYN offers. False when it has no options at all, which says nothing about what an earlier one offered.</summary>
    /// <param name="header">The SYN.</param>
    /// <param name="scale">The shift, or -1 where window scaling is not offered.</param>
    /// <param name="sackPermitted">Its sender understands SACK.</param>
    public static bool ReadOffer(TcpHeader* header, out int scale, out bool sackPermitted)
    {
        scale = -1;
        sackPermitted = false;
        ReadOnlySpan<byte> options = Of(header);
        if (options.IsEmpty)
        {
            return false;
        }

        while (Next(ref options, out byte kind, out ReadOnlySpan<byte> value))
        {
            if (kind == WindowScale && value.Length == 1)
            {
                scale = Math.Min(value[0], LargestShift);
            }

            sackPermitted |= kind == SackPermitted && value.IsEmpty;
        }

        return true;
    }

    /// <summary>Shifts every edge of a segment's SACK blocks to what the other side has sent.</summary>
    public static void ShiftSack(TcpHeader* header, in SequenceShift shift)
    {
        ReadOnlySpan<byte> options = Of(header);
        while (Next(ref options, out byte kind, out ReadOnlySpan<byte> value))
        {
            if (kind != Sack)
            {
                continue;
            }

            Span<byte> edges = MemoryMarshal.CreateSpan(ref MemoryMarshal.GetReference(value), value.Length);
            for (; edges.Length >= sizeof(uint); edges = edges[sizeof(uint)..])
            {
                BinaryPrimitives.WriteUInt32BigEndian(edges, shift.Back(BinaryPrimitives.ReadUInt32BigEndian(edges)));
            }
        }
    }

    static ReadOnlySpan<byte> Of(TcpHeader* header) => new(header + 1, (int)header->HeaderLength - TcpHeader.ByteSize);

    /// <summary>Takes one option off the front. False at the end, an option without room for its length, and one longer than what is left.</summary>
    static bool Next(ref ReadOnlySpan<byte> options, out byte kind, out ReadOnlySpan<byte> value)
    {
        while (!options.IsEmpty && options[0] == NoOperation)
        {
            options = options[1..];
        }

        kind = options.IsEmpty ? End : options[0];
        value = default;
        if (kind == End || options.Length < 2 || options[1] < 2 || options[1] > options.Length)
        {
            return false;
        }

        value = options[2..options[1]];
        options = options[options[1]..];
        return true;
    }
}
