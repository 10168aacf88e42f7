using System.Buffers.Binary;
using Conntrack.Kernel.Comparing;
using Conntrack.Packets;

namespace Conntrack.Kernel.Linux;

/// <summary>
/// The kernel's connection table over ctnetlink. A dump walks the hash table of the whole machine, milliseconds even when it is empty; so
/// the harness keeps a list of its own by listening to births and deaths, and asks for every entry of it by tuple. The number of
/// entries that the kernel keeps anyway tells whether the list is complete.
/// </summary>
sealed class ConnectionDump : IDisposable
{
    const int Subsystem = 1;
    const int NewMessage = 0;
    const int GetMessage = 1;
    const int DeleteMessage = 2;
    const uint Births = 1 << 0;
    const uint Deaths = 1 << 2;
    const byte Ipv6Family = 10;

    const int OriginalTuple = 1, ReplyTuple = 2, Status = 3, ProtocolState = 4, TimeoutSeconds = 7, OriginalCount = 9, ReplyCount = 10;
    const int SeenReplyBit = 1, AssuredBit = 2, ConfirmedBit = 3, DyingBit = 9;

    readonly NetlinkSocket _events = new(Births | Deaths);
    readonly NetlinkSocket _questions = new(0);
    readonly Dictionary<EntryKey, byte[]> _known = [];
    readonly List<byte> _requests = [];
    readonly List<Entry> _answers = [];
    readonly ProcFile _count;
    readonly NetlinkSocket.Reader _eventReader;
    readonly NetlinkSocket.Reader _answerReader;

    public ConnectionDump()
    {
        _count = new ProcFile("/proc/sys/net/netfilter/nf_conntrack_count");
        _eventReader = (type, family, _, attributes) =>
        {
            EntryKey key = KeyOf(family, attributes);
            if (type == DeleteMessage)
            {
                _known.Remove(key);
            }
            else
            {
                _known[key] = Question(family, attributes);
            }
        };
        _answerReader = (type, family, _, attributes) => _answers.Add(EntryOf(family, attributes));
    }

    /// <summary>Every connection alive now.</summary>
    /// <exception cref="InvalidDataException">The kernel counts more or fewer entries than were announced.</exception>
    public List<Entry> Read()
    {
        _events.Drain(_eventReader);
        _answers.Clear();
        _requests.Clear();
        foreach (byte[] question in _known.Values)
        {
            _requests.AddRange(question);
        }

        if (_requests.Count != 0)
        {
            _questions.Exchange(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_requests), _answerReader);
        }

        // Asking for an expired entry ends it; and the kernel's own collector runs when it likes.
        for (int attempt = 0; ; attempt++)
        {
            _events.Drain(_eventReader);
            long counted = _count.ReadNumber();
            if (counted == _known.Count)
            {
                return [.. _answers];
            }

            if (attempt == 20)
            {
                throw new InvalidDataException($"nf_conntrack counts {counted} entries, {_known.Count} were announced");
            }

            Thread.Sleep(1);
        }
    }

    /// <summary>The whole table by dump, what <see cref="Read"/> is held against now and then.</summary>
    public List<Entry> ReadAll()
    {
        _answers.Clear();
        _questions.Exchange(new NetlinkMessage(Subsystem, GetMessage, NetlinkMessage.Dump).ToBytes(0), _answerReader);
        return [.. _answers];
    }

    /// <summary>Ends every connection of the namespace.</summary>
    public void Flush()
    {
        _questions.Ask(new NetlinkMessage(Subsystem, DeleteMessage, NetlinkMessage.Acknowledge), "flush nf_conntrack");
        _events.Drain(_eventReader);
        _known.Clear();
    }

    static byte[] Question(byte family, ReadOnlySpan<byte> attributes) =>
        new NetlinkMessage(Subsystem, GetMessage, 0, family)
            .Add(OriginalTuple | 0x8000, NetlinkAttributes.Find(attributes, OriginalTuple)).ToBytes(0);

    static EntryKey KeyOf(byte family, ReadOnlySpan<byte> attributes)
    {
        EntryTuple tuple = TupleOf(NetlinkAttributes.Find(attributes, OriginalTuple), out byte protocol);
        return new EntryKey(family == Ipv6Family, protocol, tuple);
    }

    static Entry EntryOf(byte family, ReadOnlySpan<byte> attributes)
    {
        uint status = BinaryPrimitives.ReadUInt32BigEndian(NetlinkAttributes.Find(attributes, Status));
        ReadOnlySpan<byte> timeout = NetlinkAttributes.Find(attributes, TimeoutSeconds);
        return new Entry
        {
            Key = KeyOf(family, attributes),
            Reply = TupleOf(NetlinkAttributes.Find(attributes, ReplyTuple), out _),
            SeenReply = (status >> SeenReplyBit & 1) != 0,
            Assured = (status >> AssuredBit & 1) != 0,
            Confirmed = (status >> ConfirmedBit & 1) != 0,
            Dying = (status >> DyingBit & 1) != 0,
            State = StateOf(NetlinkAttributes.Find(attributes, ProtocolState)),
            Timeout = timeout.IsEmpty ? 0 : BinaryPrimitives.ReadUInt32BigEndian(timeout),
            OriginalCounters = CountersOf(NetlinkAttributes.Find(attributes, OriginalCount)),
            ReplyCounters = CountersOf(NetlinkAttributes.Find(attributes, ReplyCount)),
        };
    }

    static EntryTuple TupleOf(ReadOnlySpan<byte> tuple, out byte protocol)
    {
        UInt128 source = 0, destination = 0;
        int sourcePort = 0, destinationPort = 0;
        protocol = 0;
        Span<byte> wide = stackalloc byte[16];
        var addresses = new NetlinkAttributes(NetlinkAttributes.Find(tuple, 1));
        while (addresses.Next())
        {
            wide.Clear();
            addresses.Value.CopyTo(wide[(16 - addresses.Value.Length)..]);
            UInt128 address = BinaryPrimitives.ReadUInt128BigEndian(wide);
            (source, destination) = addresses.Type is 1 or 3 ? (address, destination) : (source, address);
        }

        var numbers = new NetlinkAttributes(NetlinkAttributes.Find(tuple, 2));
        while (numbers.Next())
        {
            int value = numbers.Value.Length == 1 ? numbers.Value[0] : BinaryPrimitives.ReadUInt16BigEndian(numbers.Value);
            switch (numbers.Type)
            {
                case 1:
                    protocol = (byte)value;
                    break;
                case 2 or 4 or 7:
                    sourcePort = value;
                    break;
                case 3:
                    destinationPort = value;
                    break;
                case 5 or 8:
                    destinationPort |= value << 8;
                    break;
                case 6 or 9:
                    destinationPort |= value;
                    break;
            }
        }

        // A call of PPTP: the kernel keeps the call of the other direction as a source, which no packet of this one names.
        sourcePort = protocol == IpProtocol.Gre ? 0 : sourcePort;
        return new EntryTuple(source, destination, (ushort)sourcePort, (ushort)destinationPort);
    }

    /// <summary>TCP, DCCP and SCTP nest their state as the first attribute of their own.</summary>
    static byte? StateOf(ReadOnlySpan<byte> information)
    {
        var protocols = new NetlinkAttributes(information);
        if (!protocols.Next())
        {
            return null;
        }

        ReadOnlySpan<byte> state = NetlinkAttributes.Find(protocols.Value, 1);
        return state.IsEmpty ? null : state[0];
    }

    static EntryCounters CountersOf(ReadOnlySpan<byte> counters) => counters.IsEmpty
        ? default
        : new EntryCounters(
            BinaryPrimitives.ReadUInt64BigEndian(NetlinkAttributes.Find(counters, 1)),
            BinaryPrimitives.ReadUInt64BigEndian(NetlinkAttributes.Find(counters, 2)));

    public void Dispose()
    {
        _count.Dispose();
        _events.Dispose();
        _questions.Dispose();
    }
}
