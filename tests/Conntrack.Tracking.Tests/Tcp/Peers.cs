using System.Globalization;
using Conntrack.Testing;

namespace Conntrack.Tracking.Tests.Tcp;

/// <summary>
/// Two honest ends: what a table leaves out, they fill in as hosts would, sequence and acknowledgment above all. A table's own numbers are
/// relative, 0 being the number of the side's SYN, so that every table can be played anywhere in the sequence space.
/// </summary>
/// <param name="client">Initial sequence number of the side that opens.</param>
/// <param name="server">That of the other.</param>
sealed class Peers(uint client, uint server)
{
    /// <summary>How much further another connection of the same ports begins.</summary>
    const uint Incarnation = 0x0010_0000;

    readonly Side _client = new(client);
    readonly Side _server = new(server);

    /// <summary>A FIN or RST was sent: another SYN begins another connection, with other numbers unless it is given its own.</summary>
    bool _ended;

    /// <summary>
    /// The next segment of a direction, <c>&gt;</c> from the client or <c>&lt;</c> from the server. Details may give <c>seq=</c>,
    /// <c>ack=</c>, <c>len=</c>, <c>win=</c>, <c>scale=</c>, <c>sack=RIGHT,…</c>, <c>options=HEX</c> and <c>sack-permitted</c>.
    /// </summary>
    public Frame Next(string direction, string flags, params IEnumerable<string> details)
    {
        int bits = Segments.Bits(flags);
        bool syn = (bits & 2) != 0, fin = (bits & 1) != 0, rst = (bits & 4) != 0, ack = (bits & 16) != 0;
        (Side from, Side to) = direction == ">" ? (_client, _server) : (_server, _client);
        if (syn && !ack && _ended && !details.Any(detail => detail.StartsWith("seq=", StringComparison.Ordinal)))
        {
            _client.Restart(_client.Initial + Incarnation);
            _server.Restart(_server.Initial + Incarnation);
            _ended = false;
        }

        bool answersSyn = rst && ack && !from.Synchronized && to.Synchronized;
        uint sequence = syn ? from.Initial : fin && from.Finished is { } finished ? finished : answersSyn ? 0 : from.Next;
        uint acknowledgment = ack ? to.Next : 0;
        int length = 0, window = 64240;
        List<byte> options = [];
        foreach (string[] detail in details.Select(detail => detail.Split('=')))
        {
            switch (detail[0])
            {
                case "seq":
                    sequence = Number(from, detail[1]);
                    break;
                case "ack":
                    acknowledgment = Number(to, detail[1]);
                    break;
                case "len":
                    length = int.Parse(detail[1], CultureInfo.InvariantCulture);
                    break;
                case "win":
                    window = int.Parse(detail[1], CultureInfo.InvariantCulture);
                    break;
                case "scale":
                    options.AddRange([1, 3, 3, byte.Parse(detail[1], CultureInfo.InvariantCulture)]);
                    break;
                case "sack-permitted":
                    options.AddRange([1, 1, 4, 2]);
                    break;
                case "sack":
                    options.AddRange(Sack(to, detail[1].Split(',')));
                    break;
                case "options":
                    options.AddRange(Convert.FromHexString(detail[1]));
                    break;
                default:
                    throw new ArgumentException(string.Join('=', detail), nameof(details));
            }
        }

        uint end = sequence + (uint)length + (syn ? 1u : 0) + (fin ? 1u : 0);
        from.Finished = fin ? end - 1 : from.Finished;
        from.Synchronized |= syn;
        from.Next = !rst && (int)(end - from.Next) > 0 ? end : from.Next;
        _ended |= fin || rst;
        return Segments.Of(direction, bits, sequence, acknowledgment, window, [.. options], length);
    }

    /// <summary>A direction sent so many bytes that nobody here saw.</summary>
    public void Skip(string direction, uint bytes) => (direction == ">" ? _client : _server).Next += bytes;

    /// <summary>A side's number, relative to its SYN; <c>zero</c> is the absolute 0 that some stacks put into a RST.</summary>
    static uint Number(Side side, string text) =>
        text == "zero" ? 0 : side.Initial + (uint)int.Parse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);

    /// <summary>Blocks of ten bytes each that end at the edges.</summary>
    static IEnumerable<byte> Sack(Side to, string[] edges) =>
    [
        1, 1, 5, (byte)(2 + (8 * edges.Length)),
        .. edges.SelectMany(edge => (byte[])[.. Big(Number(to, edge) - 10), .. Big(Number(to, edge))]),
    ];

    /// <summary>A number in network order.</summary>
    public static byte[] Big(uint number) => [(byte)(number >> 24), (byte)(number >> 16), (byte)(number >> 8), (byte)number];

    sealed class Side(uint initial)
    {
        public uint Initial { get; private set; } = initial;

        public uint Next { get; set; } = initial + 1;

        public bool Synchronized { get; set; }

        /// <summary>Number of its FIN.</summary>
        public uint? Finished { get; set; }

        public void Restart(uint initial)
        {
            Initial = initial;
            Next = initial + 1;
            Synchronized = false;
            Finished = null;
        }
    }
}
