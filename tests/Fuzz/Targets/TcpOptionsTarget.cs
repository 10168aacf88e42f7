using System.Buffers.Binary;
using Conntrack.Packets.Headers;
using Conntrack.Testing;
using Conntrack.Tracking.Tcp;
using static Conntrack.Fuzz.InvariantException;

namespace Conntrack.Fuzz;

/// <summary>What tracking reads of a TCP header's options, against a list of them made plainly.</summary>
/// <remarks><code>
/// input: 0 acknowledgment (4)  4 options, of which the first 40 count, filled up with zeros to whole words
/// </code></remarks>
sealed unsafe class TcpOptionsTarget : FuzzTarget
{
    const int OptionsAt = 4, Word = 4, MostOptions = 40;
    const byte Scale = 3, Permitted = 4, Sack = 5;

    readonly GuardedMemory _memory = new(128);

    public override string Name => "tcp-options";

    public override int Longest => OptionsAt + MostOptions;

    public override IEnumerable<byte[]> Seeds() =>
    [
        [0, 0, 0, 9],
        [0, 0, 0, 9, 2, 4, 5, 0xb4, 1, 3, 3, 7, 4, 2, 8, 10, 0, 0, 0, 1, 0, 0, 0, 0],
        [0, 0, 0, 9, 1, 1, 8, 10, 0, 0, 0, 1, 0, 0, 0, 2],
        [0, 0, 0, 9, 1, 1, 5, 10, 0, 0, 1, 0, 0, 0, 2, 0],
        [255, 255, 255, 0, 1, 1, 8, 10, 0, 0, 0, 1, 0, 0, 0, 2, 1, 1, 5, 18, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 4, 0, 0, 0, 5, 0],
        [0, 0, 0, 9, 5, 34, .. Enumerable.Range(0, 32).Select(i => (byte)(i * 8)), 1, 1],
        [0, 0, 0, 9, 3, 3, 15, 3, 3, 2, 0, 0, 4, 2, 4, 2],
        [0, 0, 0, 9, 3, 2, 4, 3, 0, 5, 9, 0, 0, 0, 0, 0, 0, 0],
        [0, 0, 0, 9, 30, 0, 1, 1],
    ];

    public override void Run(ReadOnlySpan<byte> input)
    {
        if (input.Length < OptionsAt)
        {
            return;
        }

        uint acknowledgment = BinaryPrimitives.ReadUInt32BigEndian(input);
        ReadOnlySpan<byte> given = input[OptionsAt..Math.Min(input.Length, Longest)];
        int words = (given.Length + Word - 1) / Word;
        byte[] options = new byte[words * Word];
        given.CopyTo(options);
        byte[] bytes = new byte[TcpHeader.ByteSize + options.Length];
        options.CopyTo(bytes, TcpHeader.ByteSize);
        bytes[12] = (byte)((bytes.Length / Word) << 4);

        Check((TcpHeader*)_memory.PlaceLast(bytes), options, acknowledgment);
        Check((TcpHeader*)_memory.PlaceFirst(bytes), options, acknowledgment);
    }

    public override void Dispose() => _memory.Dispose();

    static void Check(TcpHeader* header, byte[] options, uint acknowledgment)
    {
        ThrowUnless(header->HeaderLength == TcpHeader.ByteSize + options.Length);
        uint first = TcpOptions.HighestEdge(header, acknowledgment);
        _ = TcpOptions.ReadOffer(header, out _, out _);
        var allocation = new Allocation();
        bool offers = TcpOptions.ReadOffer(header, out int scale, out bool permitted);
        uint edge = TcpOptions.HighestEdge(header, acknowledgment);
        bool mayHold = TcpOptions.MayHoldSack(header);
        ThrowUnless(allocation.IsNone);

        List<(byte Kind, byte[] Value)> list = List(options);
        ThrowUnless(offers == options.Length > 0);
        ThrowUnless(scale == list.Where(o => o.Kind == Scale && o.Value.Length == 1).Select(o => Math.Min((int)o.Value[0], 14)).LastOrDefault(-1));
        ThrowUnless(permitted == list.Exists(o => o.Kind == Permitted && o.Value.Length == 0));
        ThrowUnless(edge == HighestEdge(list, acknowledgment));

        // Where the short way says that there is nothing, there is nothing.
        ThrowUnless(mayHold || edge == acknowledgment);
        ThrowUnless(edge == first);
    }

    static uint HighestEdge(List<(byte Kind, byte[] Value)> list, uint acknowledgment)
    {
        byte[] blocks = list.Find(o => o.Kind == Sack && o.Value.Length >= 8 && o.Value.Length % 8 == 0).Value ?? [];
        uint highest = acknowledgment;
        foreach (byte[] block in blocks.Chunk(8))
        {
            uint right = BinaryPrimitives.ReadUInt32BigEndian(block.AsSpan(4));
            uint ahead = right - highest;
            highest = ahead is > 0 and < 1u << 31 ? right : highest;
        }

        return highest;
    }

    static List<(byte Kind, byte[] Value)> List(byte[] options)
    {
        List<(byte, byte[])> list = [];
        for (int at = 0; at < options.Length && options[at] != 0;)
        {
            if (options[at] == 1)
            {
                at++;
                continue;
            }

            int length = at + 1 < options.Length ? options[at + 1] : 0;
            if (length < 2 || at + length > options.Length)
            {
                break;
            }

            list.Add((options[at], options[(at + 2)..(at + length)]));
            at += length;
        }

        return list;
    }
}
