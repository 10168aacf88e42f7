using System.Runtime.InteropServices;
using Conntrack.Native;
using Conntrack.Packets;
using Conntrack.Packets.Headers;

namespace Conntrack.Dataplane.Routing;

/// <summary>
/// The packets of a burst that ask for a route, of one family and in the main table: their destinations, and behind them their sources, whose
/// way back says whether they may have come from there. All are looked up with one call.
/// </summary>
/// <remarks><code>
///    0 count (4)   4 … 64 spare
///   64 packets (32 × 8)
///  320 answers: next hops of destinations (32 × 8), of sources (32 × 8)
///  832 addresses: destinations (32), sources (32); 4 bytes each in host order, or 16
/// 1856
/// </code></remarks>
[StructLayout(LayoutKind.Explicit, Size = 832 + (64 * 16))]
unsafe struct RouteQuestions
{
    [FieldOffset(0)] public int Count;
    [FieldOffset(64)] fixed ulong _packets[Worker.MaxBurst];
    [FieldOffset(320)] fixed ulong _answers[2 * Worker.MaxBurst];
    [FieldOffset(832)] fixed byte _addresses[64 * 16];

    public static Packet* PacketAt(RouteQuestions* questions, int index) => (Packet*)questions->_packets[index];

    /// <summary>The next hop of a packet's destination, 0 for none.</summary>
    public static ushort Forth(RouteQuestions* questions, int index) => (ushort)questions->_answers[index];

    /// <summary>The next hop of its source.</summary>
    public static ushort Back(RouteQuestions* questions, int index) => (ushort)questions->_answers[questions->Count + index];

    /// <summary>One more packet asks.</summary>
    public static void Add(RouteQuestions* questions, Packet* packet) => questions->_packets[questions->Count++] = (ulong)packet;

    /// <summary>Looks all of them up in a table of their family.</summary>
    public static void Ask4(RouteQuestions* questions, TableEntry* table)
    {
        int count = questions->Count;
        uint* addresses = (uint*)questions->_addresses;
        for (int i = 0; i < count; i++)
        {
            var header = (Ipv4Header*)PacketAt(questions, i)->Ip;
            addresses[i] = System.Buffers.Binary.BinaryPrimitives.ReverseEndianness(header->Destination);
            addresses[count + i] = System.Buffers.Binary.BinaryPrimitives.ReverseEndianness(header->Source);
        }

        if (table->Fib4 == null)
        {
            new Span<ulong>(questions->_answers, 2 * count).Clear();
        }
        else
        {
            Fibs.Lookup4(table->Fib4, addresses, questions->_answers, (uint)(2 * count));
        }

        FillIn(questions, table->Default4);
    }

    /// <inheritdoc cref="Ask4"/>
    public static void Ask6(RouteQuestions* questions, TableEntry* table)
    {
        int count = questions->Count;
        var addresses = (System.Runtime.Intrinsics.Vector128<byte>*)questions->_addresses;
        for (int i = 0; i < count; i++)
        {
            var header = (Ipv6Header*)PacketAt(questions, i)->Ip;
            addresses[i] = header->Addresses.Dst;
            addresses[count + i] = header->Addresses.Src;
        }

        if (table->Fib6 == null)
        {
            new Span<ulong>(questions->_answers, 2 * count).Clear();
        }
        else
        {
            Fibs.Lookup6(table->Fib6, (byte*)addresses, questions->_answers, (uint)(2 * count));
        }

        FillIn(questions, table->Default6);
    }

    static void FillIn(RouteQuestions* questions, ushort otherwise)
    {
        for (int i = 0; i < 2 * questions->Count; i++)
        {
            questions->_answers[i] = questions->_answers[i] == 0 ? otherwise : questions->_answers[i];
        }
    }
}
