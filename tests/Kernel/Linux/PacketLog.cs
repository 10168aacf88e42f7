using Conntrack.Packets;

namespace Conntrack.Kernel.Linux;

/// <summary>
/// NFLOG: after tracking, a rule for each connection-state logs the packet with the state's name as prefix. That is what a rule sees, not
/// what a reader of the table might conclude.
/// </summary>
sealed class PacketLog : IDisposable
{
    const int Subsystem = 4;
    const int Configure = 1;
    const int Command = 1;
    const int Mode = 2;
    const int QueueThreshold = 5;
    const byte Bind = 1;
    const byte CopyNothing = 0;
    const int Prefix = 10;

    readonly NetlinkSocket _socket = new(0);
    readonly List<ConnectionStateOfPacket> _states = [];
    readonly NetlinkSocket.Reader _reader;

    public PacketLog(ushort group)
    {
        _socket.Ask(Request(group).Add(Command, Bind), "NFLOG bind");
        _socket.Ask(Request(group).Add(Mode, 0, 0, 0, 0, CopyNothing, 0), "NFLOG mode");
        _socket.Ask(Request(group).Add32(QueueThreshold, 1), "NFLOG threshold");
        _reader = (type, _, _, attributes) =>
        {
            if (type == 0)
            {
                _states.Add(StateOf(NetlinkAttributes.Find(attributes, Prefix)));
            }
        };
    }

    /// <summary>The states of the packets seen since the last call, one each; reassembled fragments are one packet.</summary>
    public IReadOnlyList<ConnectionStateOfPacket> Read()
    {
        _states.Clear();
        _socket.Drain(_reader);
        return _states;
    }

    static NetlinkMessage Request(ushort group) => new(Subsystem, Configure, NetlinkMessage.Acknowledge, 0, group);

    static ConnectionStateOfPacket StateOf(ReadOnlySpan<byte> prefix) => prefix.TrimEnd((byte)0) switch
    {
        var word when word.SequenceEqual("new"u8) => ConnectionStateOfPacket.New,
        var word when word.SequenceEqual("established"u8) => ConnectionStateOfPacket.Established,
        var word when word.SequenceEqual("related"u8) => ConnectionStateOfPacket.Related,
        var word when word.SequenceEqual("invalid"u8) => ConnectionStateOfPacket.Invalid,
        var word when word.SequenceEqual("untracked"u8) => ConnectionStateOfPacket.Untracked,
        _ => throw new InvalidDataException("NFLOG: a prefix no rule of the harness has"),
    };

    public void Dispose() => _socket.Dispose();
}
