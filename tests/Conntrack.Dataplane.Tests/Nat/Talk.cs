using System.Buffers.Binary;
using System.Net;
using System.Text;
using Conntrack.Dataplane.Abi;
using Conntrack.Dataplane.Hosting;
using Conntrack.Dataplane.Tests.Routing;
using Conntrack.Packets;
using Conntrack.Testing;

namespace Conntrack.Dataplane.Tests.Nat;

/// <summary>
/// Two hosts that talk over one TCP connection through the router, each with sequence numbers of its own: what one says in segments the other has to
/// hear as a stream without a hole, with right checksums, and acknowledgments of it have to be what the first one knows.
/// </summary>
sealed class Talk
{
    readonly RouterRig _rig;
    readonly NatNet _net;
    readonly End[] _ends;

    /// <param name="rig">The router.</param>
    /// <param name="net">Its family.</param>
    /// <param name="from">Interface of the client.</param>
    /// <param name="client">Its address.</param>
    /// <param name="asked">Whom it asks.</param>
    /// <param name="to">Interface of the server.</param>
    /// <param name="server">The server's own address.</param>
    /// <param name="seen">Address of the client as the server sees it.</param>
    /// <param name="ports">Of the client and the server.</param>
    public Talk(RouterRig rig, NatNet net, int from, string client, string asked, int to, string server, string seen, (int Client, int Server) ports)
    {
        _rig = rig;
        _net = net;
        _ends =
        [
            new(from, client, ports.Client, asked, ports.Server) { Next = 0xffff_ff00 },
            new(to, server, ports.Server, seen, ports.Client) { Next = 7000 },
        ];
        Raw(0, "", flags: 2);
        Raw(1, "", flags: 0x12);
        Raw(0, "");
    }

    /// <summary>What an end has heard.</summary>
    public string HeardBy(int end) => _ends[end].Heard.ToString();

    /// <summary>One end says something, in one segment or in several.</summary>
    public void Say(int end, params string[] segments)
    {
        foreach (string segment in segments)
        {
            Raw(end, segment);
        }

        Raw(1 - end, "");
        Assert.Equal(_ends[end].Next, _ends[end].Acknowledged);
    }

    /// <summary>The latest segments of an end once more, from as many bytes back.</summary>
    public void Repeat(int end, string text)
    {
        _ends[end].Next -= (uint)text.Length;
        Raw(end, text);
    }

    /// <summary>Acknowledges with a hole: everything, and a block behind it that has not come in order.</summary>
    public void Raw(int end, string text, byte flags = 0x18, byte[]? options = null, bool isLost = false)
    {
        End me = _ends[end], other = _ends[1 - end];
        flags = text.Length == 0 && flags == 0x18 ? (byte)0x10 : flags;
        Frame frame = _net.In(me.Port, me.Address, me.Peer).Tcp(
            me.OwnPort, me.PeerPort, sequence: me.Next, acknowledgment: (flags & 0x10) != 0 ? me.Expected : 0, flags: flags, window: 60000, options: options ?? []);
        me.Next += (uint)text.Length + ((flags & 2) != 0 ? 1u : 0);
        (TraceItem fate, IReadOnlyList<SentFrame> sent) = _rig.Send(me.Port, frame.Data(Encoding.Latin1.GetBytes(text)).ToBytes());
        Assert.Equal(DropReason.None, fate.Reason);
        Assert.NotEqual(ConnectionStateOfPacket.Invalid, fate.State);
        SentFrame only = Assert.Single(sent);
        Assert.Equal(other.Port, only.Interface);
        if (!isLost)
        {
            Hear(other, only.Bytes.ToArray());
        }
    }

    void Hear(End end, byte[] frame)
    {
        int header = _net.IsIpv6 ? 40 : 20;
        byte[] ip = frame[14..];
        int length = _net.IsIpv6 ? 40 + BinaryPrimitives.ReadUInt16BigEndian(ip.AsSpan(4)) : BinaryPrimitives.ReadUInt16BigEndian(ip.AsSpan(2));
        Assert.InRange(length, header + 20, ip.Length);
        int source = _net.IsIpv6 ? 8 : 12, size = _net.IsIpv6 ? 16 : 4;
        Assert.Equal((end.Peer, end.Address), (Text(ip, source, size), Text(ip, source + size, size)));
        byte[] tcp = ip[header..length];
        Assert.Equal(0xffff, Sum([.. ip[source..(source + (2 * size))], 0, 6, .. BitConverter.GetBytes(BinaryPrimitives.ReverseEndianness((ushort)tcp.Length)), .. tcp]));
        Assert.Equal((end.PeerPort, end.OwnPort), (BinaryPrimitives.ReadUInt16BigEndian(tcp), BinaryPrimitives.ReadUInt16BigEndian(tcp.AsSpan(2))));
        uint sequence = BinaryPrimitives.ReadUInt32BigEndian(tcp.AsSpan(4));
        byte flags = tcp[13];
        if ((flags & 0x10) != 0)
        {
            end.Acknowledged = BinaryPrimitives.ReadUInt32BigEndian(tcp.AsSpan(8));
        }

        end.Options = tcp[20..((tcp[12] >> 4) * 4)];
        if ((flags & 2) != 0)
        {
            end.Expected = sequence + 1;
            return;
        }

        byte[] data = tcp[((tcp[12] >> 4) * 4)..];
        int ahead = (int)(end.Expected - sequence);
        if (ahead >= 0 && ahead < data.Length)
        {
            end.Heard.Append(Encoding.Latin1.GetString(data, ahead, data.Length - ahead));
            end.Expected = sequence + (uint)data.Length;
        }
    }

    /// <summary>Options of the segment that an end heard last.</summary>
    public byte[] OptionsHeardBy(int end) => _ends[end].Options;

    /// <summary>What an end expects next, and has said so far, in the numbers it knows.</summary>
    public (uint Expected, uint Next) NumbersOf(int end) => (_ends[end].Expected, _ends[end].Next);

    static string Text(byte[] ip, int offset, int size) => new IPAddress(ip.AsSpan(offset, size)).ToString();

    static int Sum(byte[] bytes)
    {
        uint sum = 0;
        for (int i = 0; i < bytes.Length; i++)
        {
            sum += (uint)bytes[i] << ((i & 1) == 0 ? 8 : 0);
        }

        while (sum > 0xffff)
        {
            sum = (sum >> 16) + (sum & 0xffff);
        }

        return (int)sum;
    }

    sealed class End(int port, string address, int ownPort, string peer, int peerPort)
    {
        public int Port => port;

        public string Address => address;

        public ushort OwnPort => (ushort)ownPort;

        public string Peer => peer;

        public ushort PeerPort => (ushort)peerPort;

        public uint Next { get; set; }

        public uint Expected { get; set; }

        public uint Acknowledged { get; set; }

        public byte[] Options { get; set; } = [];

        public StringBuilder Heard { get; } = new();
    }
}
