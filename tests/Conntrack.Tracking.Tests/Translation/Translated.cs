using System.Buffers.Binary;
using System.Net;
using Conntrack.Packets;
using Conntrack.Testing;
using Conntrack.Tracking.Table;

namespace Conntrack.Tracking.Tests.Translation;

/// <summary>
/// A client, the address and port it asks for, the server it really gets, and the address and port that server sees; for ICMP the ports of the
/// client and of what the server sees are the identifier.
/// </summary>
sealed record Translated(string Client, int ClientPort, string Asked, int AskedPort, string Server, int ServerPort, string Seen, int SeenPort)
{
    public static readonly string[] Kinds = ["src-nat", "dst-nat", "hairpin"];

    public static readonly bool[] Families = [false, true];

    public static Translated SrcNat(bool ipv6) => ipv6
        ? new("fd00::2", 5000, "2001:db8:5::9", 80, "2001:db8:5::9", 80, "2001:db8::1", 61000)
        : new("192.168.1.2", 5000, "203.0.113.9", 80, "203.0.113.9", 80, "198.51.100.1", 61000);

    public static Translated DstNat(bool ipv6) => ipv6
        ? new("2001:db8:5::9", 5000, "2001:db8::1", 80, "fd00::8", 8080, "2001:db8:5::9", 5000)
        : new("203.0.113.9", 5000, "198.51.100.1", 80, "192.168.1.8", 8080, "203.0.113.9", 5000);

    /// <summary>A client that reaches a server beside it by the router's outside address.</summary>
    public static Translated Hairpin(bool ipv6) => ipv6
        ? new("fd00::2", 5000, "2001:db8::1", 80, "fd00::8", 8080, "fd00::1", 61000)
        : new("192.168.1.2", 5000, "198.51.100.1", 80, "192.168.1.8", 8080, "192.168.1.1", 61000);

    public static Translated Of(string kind, bool ipv6) => kind switch
    {
        "src-nat" => SrcNat(ipv6),
        "dst-nat" => DstNat(ipv6),
        _ => Hairpin(ipv6),
    };

    public bool IsIpv6 => Client.Contains(':');

    public bool ChangesSource => Client != Seen;

    public bool ChangesDestination => Asked != Server;

    /// <summary>From the client, as it sends it.</summary>
    public Frame Question(string transport) => Build(transport, Client, Asked, ClientPort, AskedPort, asks: true);

    /// <summary>The same as the server gets it.</summary>
    public Frame QuestionBehind(string transport) => Build(transport, Seen, Server, SeenPort, ServerPort, asks: true);

    /// <summary>From the server, as it sends it.</summary>
    public Frame Answer(string transport) => Build(transport, Server, Seen, ServerPort, SeenPort, asks: false);

    /// <summary>The same as the client gets it.</summary>
    public Frame AnswerBehind(string transport) => Build(transport, Asked, Client, AskedPort, ClientPort, asks: false);

    public Frame Ip(string source, string destination) =>
        IsIpv6 ? new Frame().Ipv6(source, destination) : new Frame().Ipv4(source, destination);

    public Frame Error(string source, string destination, byte[] quoted) => IsIpv6
        ? Ip(source, destination).Icmpv6(1, 4).Data(quoted)
        : Ip(source, destination).Icmp(3, 3).Data(quoted);

    /// <summary>Gives a record this translation's reply, as rules would.</summary>
    public unsafe void Bind<TRecord>(ConnectionTable<TRecord> table, uint record)
        where TRecord : unmanaged, IConnectionRecord<TRecord>
    {
        TRecord* it = table.At(record);
        Connection* connection = TRecord.ConnectionOf(it);
        PortPair* reply = TRecord.PortsOf(it, 1);
        TRecord.AnswerFrom(it, Number(Server));
        TRecord.AnswerTo(it, Number(Seen));
        if (connection->Protocol is IpProtocol.Icmp or IpProtocol.Icmpv6)
        {
            reply->SrcPort = Big(ChangesSource ? SeenPort : ClientPort);
        }
        else if (reply->Ports != 0)
        {
            (reply->SrcPort, reply->DstPort) = (Big(ServerPort), Big(SeenPort));
        }

        connection->Flags |= (ChangesSource ? ConnectionFlags.SrcNat : 0) | (ChangesDestination ? ConnectionFlags.DstNat : 0);
    }

    public static UInt128 Number(string address)
    {
        byte[] bytes = IPAddress.Parse(address).GetAddressBytes();
        return bytes.Length == 4 ? BinaryPrimitives.ReadUInt32BigEndian(bytes) : BinaryPrimitives.ReadUInt128BigEndian(bytes);
    }

    Frame Build(string transport, string source, string destination, int sourcePort, int destinationPort, bool asks)
    {
        byte[] data = [.. System.Text.Encoding.ASCII.GetBytes(asks ? "question" : "answer!")];
        Frame ip = Ip(source, destination);
        return transport switch
        {
            "tcp" => ip.Tcp(sourcePort, destinationPort, asks ? 2 : 0x12).Data(data),
            "udp" => ip.Udp(sourcePort, destinationPort).Data(data),
            "udp-lite" => ip.UdpLite(sourcePort, destinationPort).Data(data),
            "sctp" => ip.Sctp(sourcePort, destinationPort, asks ? 0 : 7u).Data(Frame.InitiateChunk(asks ? 1 : 2, 7)),
            "echo" when IsIpv6 => ip.Icmpv6(asks ? 128 : 129, 0, Identifier(), 1).Data(data),
            "echo" => ip.Icmp(asks ? 8 : 0, 0, Identifier(), 1).Data(data),
            _ => ip.Protocol(89).Data(data),
        };

        int Identifier() => source == Client || destination == Client ? ClientPort : ChangesSource ? SeenPort : ClientPort;
    }

    static ushort Big(int port) => BinaryPrimitives.ReverseEndianness((ushort)port);
}
