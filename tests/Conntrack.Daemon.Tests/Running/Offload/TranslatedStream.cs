using Conntrack.Testing;

namespace Conntrack.Daemon.Tests.Running.Offload;

/// <summary>
/// One masqueraded TCP connection over an <see cref="OffloadingRouter"/>, both of its hosts. Every segment is checked as it arrives, and counted.
/// </summary>
sealed class TranslatedStream(OffloadingRouter router)
{
    const string Client = "10.98.1.2", Server = "10.98.2.2", Outside = "10.98.2.1";
    const int ClientPort = 40_000, ServerPort = 80;
    const int Fin = 1, Syn = 2, Push = 8, Ack = 16;

    /// <summary>Next sequence numbers.</summary>
    uint _client = 1000, _server = 5000;

    int _id;

    public ulong ClientPackets { get; private set; }

    public ulong ClientBytes { get; private set; }

    public ulong ServerPackets { get; private set; }

    public ulong ServerBytes { get; private set; }

    public void Open()
    {
        FromClient(Syn, 0);
        FromServer(Syn | Ack, 0);
        FromClient(Ack, 0);
    }

    /// <summary>Data one way, and data the other way that acknowledges it.</summary>
    public void Exchange()
    {
        FromClient(Push | Ack, 100 + (_id % 50));
        FromServer(Push | Ack, 200 + (_id % 70));
    }

    public void FinishFromClient() => FromClient(Fin | Ack, 0);

    public void FinishFromServer()
    {
        FromServer(Fin | Ack, 0);
        FromClient(Ack, 0);
    }

    /// <summary>A segment of the client's whose time ends at the router.</summary>
    public byte[] ExpiringSegment()
    {
        byte[] packet = ClientSegment(Ack, 0, Client, hops: 1).ToPacket();
        Count(packet);
        return [.. OffloadingRouter.LeftPort, .. OffloadingRouter.LeftHost, 0x08, 0x00, .. packet];
    }

    public void FromClient(int flags, int bytes, int hops = 64)
    {
        _id++;
        byte[] packet = ClientSegment(flags, bytes, Client, hops).ToPacket();
        Count(packet);
        byte[] arrives = ClientSegment(flags, bytes, Outside, hops - 1).ToPacket();
        router.Pass(
            router.Left, [.. OffloadingRouter.LeftPort, .. OffloadingRouter.LeftHost, 0x08, 0x00, .. packet],
            router.Right, [.. router.ServerMac, .. OffloadingRouter.RightPort, 0x08, 0x00, .. arrives]);
        _client += (uint)bytes + ((flags & (Syn | Fin)) != 0 ? 1u : 0);
    }

    public void FromServer(int flags, int bytes)
    {
        _id++;
        byte[] packet = ServerSegment(flags, bytes, Outside, hops: 60).ToPacket();
        ServerPackets++;
        ServerBytes += (ulong)packet.Length;
        router.Pass(
            router.Right, [.. OffloadingRouter.RightPort, .. OffloadingRouter.RightHost, 0x08, 0x00, .. packet],
            router.Left,
            [.. OffloadingRouter.LeftHost, .. OffloadingRouter.LeftPort, 0x08, 0x00, .. ServerSegment(flags, bytes, Client, hops: 59).ToPacket()]);
        _server += (uint)bytes + ((flags & (Syn | Fin)) != 0 ? 1u : 0);
    }

    void Count(byte[] packet)
    {
        ClientPackets++;
        ClientBytes += (ulong)packet.Length;
    }

    Frame ClientSegment(int flags, int bytes, string source, int hops) => new Frame()
        .Ipv4(source, Server, id: _id, timeToLive: hops)
        .Tcp(ClientPort, ServerPort, flags, _client, (flags & Ack) != 0 ? _server : 0)
        .Data(bytes);

    Frame ServerSegment(int flags, int bytes, string destination, int hops) => new Frame()
        .Ipv4(Server, destination, id: _id, timeToLive: hops)
        .Tcp(ServerPort, ClientPort, flags, _server, _client)
        .Data(bytes);
}
