using System.Globalization;
using Conntrack.Kernel.Comparing;

namespace Conntrack.Kernel.Scenarios;

/// <summary>
/// One packet as a scenario writes it, and as the generator does, so that what it finds can be pasted: a side, a protocol, words and
/// numbers. The language is described in <c>tests/Kernel/README.md</c>.
/// </summary>
sealed class PacketLine
{
    readonly HashSet<string> _words = [];
    readonly Dictionary<string, string> _values = [];
    readonly List<byte> _payload = [];

    PacketLine(string text) => Text = text;

    /// <summary>As it is written, with the lines of its payload.</summary>
    public string Text { get; private set; }

    /// <summary>What the lines below the packet's own say; empty for none.</summary>
    public IReadOnlyList<byte> Payload => _payload;

    /// <summary>
    /// Adds a line of payload: <c>| text</c> with the end of a line, <c>|+ text</c> without. <c>\n</c>, <c>\r</c> and <c>\01</c> stand for bytes.
    /// </summary>
    public void Append(string line)
    {
        bool isOpen = line.StartsWith("|+", StringComparison.Ordinal);
        string said = line.Length > (isOpen ? 3 : 2) ? line[(isOpen ? 3 : 2)..] : "";
        for (int at = 0; at < said.Length; at++)
        {
            if (said[at] != '\\')
            {
                _payload.Add((byte)said[at]);
                continue;
            }

            (byte value, int length) = said[at + 1] switch
            {
                'r' => ((byte)'\r', 1),
                'n' => ((byte)'\n', 1),
                _ => (byte.Parse(said.AsSpan(at + 1, 2), NumberStyles.HexNumber, CultureInfo.InvariantCulture), 2),
            };
            _payload.Add(value);
            at += length;
        }

        if (!isOpen)
        {
            _payload.AddRange("\r\n"u8);
        }

        Text += "\n" + line;
    }

    /// <summary>0: enters by ether1, from client to server.</summary>
    public int Side { get; private set; }

    public bool IsIpv6 { get; private set; }

    public string Protocol { get; private set; } = "";

    /// <summary>Of an ICMP error: the packet it is about.</summary>
    public PacketLine? Quoted { get; private set; }

    /// <exception cref="FormatException">Not a packet; the text says why.</exception>
    public static PacketLine Parse(string text)
    {
        string[] tokens = text.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        var line = new PacketLine(text);
        int at = 0;
        line.Side = tokens[at++] switch
        {
            ">" => 0,
            "<" => 1,
            string other => throw new FormatException($"'{text}': a packet begins with > or <, not {other}"),
        };
        if (at < tokens.Length && tokens[at] == "6")
        {
            line.IsIpv6 = true;
            at++;
        }

        line.Protocol = at < tokens.Length ? tokens[at++] : throw new FormatException($"'{text}': no protocol");
        for (; at < tokens.Length; at++)
        {
            string token = tokens[at];
            if (token == "quoting")
            {
                line.Quoted = Parse(string.Join(' ', tokens[(at + 1)..]));
                break;
            }

            int equals = token.IndexOf('=', StringComparison.Ordinal);
            if (equals < 0)
            {
                line._words.Add(token);
            }
            else
            {
                line._values[token[..equals]] = token[(equals + 1)..];
            }
        }

        return line;
    }

    /// <summary>The frame; throws <see cref="FormatException"/> when a word or number is none the protocol knows.</summary>
    public TestFrame ToFrame(int run = 0) => new(Side, FrameWriter.Write(this, run), Text);

    public bool Has(string word) => _words.Contains(word);

    /// <summary>Words that are no switch of their own: TCP's flags, the name of an ICMP type or a chunk.</summary>
    public string? Name => _words.FirstOrDefault(word => char.IsUpper(word[0]) || word == "-");

    public string? Value(string key) => _values.GetValueOrDefault(key);

    public int Number(string key, int otherwise) => (int)(OptionalNumber(key) ?? otherwise);

    public uint Number32(string key, uint otherwise) => (uint)(OptionalNumber(key) ?? otherwise);

    public long? OptionalNumber(string key)
    {
        if (!_values.TryGetValue(key, out string? value))
        {
            return null;
        }

        return value.StartsWith("0x", StringComparison.Ordinal)
            ? long.Parse(value[2..], NumberStyles.HexNumber, CultureInfo.InvariantCulture)
            : long.Parse(value, CultureInfo.InvariantCulture);
    }

    public string Client => Endpoint("c", IsIpv6 ? "fd00::2" : "10.0.0.2").Address;

    public string Server => Endpoint("s", IsIpv6 ? "2001:db8::5" : "198.51.100.5").Address;

    public string Source => Value("src") ?? (Side == 0 ? Client : Server);

    public string Destination => Value("dst") ?? (Side == 0 ? Server : Client);

    public int SourcePort => Number("sp", Side == 0 ? ClientPort : ServerPort);

    public int DestinationPort => Number("dp", Side == 0 ? ServerPort : ClientPort);

    int ClientPort => Endpoint("c", "").Port ?? 40000;

    int ServerPort => Endpoint("s", "").Port ?? 80;

    /// <summary><c>10.0.0.2:4000</c>, <c>[fd00::2]:4000</c>, either half alone: <c>10.0.0.2</c>, <c>:4000</c>.</summary>
    (string Address, int? Port) Endpoint(string key, string otherwise)
    {
        if (!_values.TryGetValue(key, out string? value))
        {
            return (otherwise, null);
        }

        int colon = value.StartsWith('[') ? value.IndexOf("]:", StringComparison.Ordinal) + 1 : IsIpv6 && value[0] != ':' ? -1 : value.LastIndexOf(':');
        string address = (colon <= 0 ? colon == 0 ? "" : value : value[..colon]).Trim('[', ']');
        int? port = colon < 0 ? null : int.Parse(value[(colon + 1)..], CultureInfo.InvariantCulture);
        return (address.Length == 0 ? otherwise : address, port);
    }
}
