using Conntrack.Tracking.Tests.Table;

namespace Conntrack.Tracking.Tests.Tcp;

/// <summary>
/// Two ends that keep to RFC 9293 and to each other's window. Tracking stands beside the sender: it sees what is sent, in that order, and the
/// net behind it delays and loses.
/// </summary>
sealed class HonestEnds
{
    const int Fin = 1, Syn = 2, Ack = 16;

    readonly Conversation _conversation;
    readonly End[] _ends;
    readonly Queue<Segment>[] _net = [new(), new()];

    HonestEnds(Conversation conversation, int[] operations)
    {
        _conversation = conversation;
        int kind = operations.Length;
        _ends =
        [
            new End(uint.MaxValue - 3000, Room: 1000 << (kind % 5), Scale: kind % 5), new End(int.MaxValue - 100, Room: 65_535 << (kind % 3), Scale: kind % 3),
        ];
    }

    /// <summary>Opens a connection, lets the operations say who does what, and asserts that every packet is part of it.</summary>
    public static void Converse(int[] operations)
    {
        using var conversation = new Conversation { Now = Conversation.Second };
        var ends = new HonestEnds(conversation, operations);
        ends.Open();
        foreach (int operation in operations)
        {
            (int kind, int argument) = Operations.Decode(operation, 12);
            ends.Act(side: argument % 2, kind, argument / 2);
        }
    }

    void Open()
    {
        Send(0, Syn, _ends[0].Initial, 0, options: [1, 3, 3, (byte)_ends[0].Scale]);
        Send(1, Syn | Ack, _ends[1].Initial, 0, options: [1, 3, 3, (byte)_ends[1].Scale]);
        _ends[0].Edge = _ends[0].Next + (uint)Math.Min(_ends[1].Room, 65_535);
        _ends[1].Edge = _ends[1].Next;
        Send(0, Ack, _ends[0].Next, 0);
    }

    void Act(int side, int kind, int argument)
    {
        End end = _ends[side];
        switch (kind)
        {
            case < 4:
                int room = (int)(end.Edge - end.Next);
                int length = Math.Min(argument % 1460, room);
                if (length > 0 && !end.Finished)
                {
                    Send(side, Ack, end.Next, length);
                    end.Next += (uint)length;
                }

                break;
            case 4 when end.Next != end.Unacknowledged && !end.Finished:
                Send(side, Ack, end.Unacknowledged, (int)Math.Min(end.Next - end.Unacknowledged, 1460u));
                break;
            case 5:
                Send(side, Ack, end.Next, 0);
                break;
            case 6 when argument % 20 == 0 && !end.Finished:
                Send(side, Fin | Ack, end.Next, 0);
                end.Next++;
                end.Finished = true;
                break;
            case 7 when _net[side].Count != 0:
                _net[side].Dequeue();
                break;
            case > 7 when _net[side].Count != 0:
                Deliver(_ends[1 - side], _net[side].Dequeue());
                break;
        }
    }

    static void Deliver(End to, Segment segment)
    {
        bool inOrder = (int)(segment.Sequence - to.Expected) <= 0 && (int)(segment.End - to.Expected) > 0;
        to.Expected = inOrder ? segment.End : to.Expected;
        to.Unacknowledged = Later(to.Unacknowledged, segment.Acknowledgment);
        to.Edge = Later(to.Edge, segment.Acknowledgment + segment.Window);
    }

    void Send(int side, int flags, uint sequence, int length, byte[]? options = null)
    {
        End from = _ends[side];
        bool syn = (flags & Syn) != 0;
        int scale = syn ? 0 : from.Scale;
        int window = Math.Min(from.Room >> scale, 65_535);
        uint acknowledgment = (flags & Ack) != 0 ? from.Expected : 0;
        _conversation.Now += 1000;
        string state = _conversation.Send(
            Segments.Of(side == 0 ? ">" : "<", flags, sequence, acknowledgment, window, options, length)).ToString();
        Assert.Equal(flags == Syn ? "New" : "Established", state);
        uint end = sequence + (uint)length + (uint)(flags & Fin) + (syn ? 1u : 0);
        if (syn)
        {
            from.Next = end;
            from.Unacknowledged = end;
            _ends[1 - side].Expected = end;
        }
        else
        {
            _net[side].Enqueue(new Segment(sequence, end, acknowledgment, (uint)(window << scale)));
        }
    }

    static uint Later(uint a, uint b) => (int)(b - a) > 0 ? b : a;

    readonly record struct Segment(uint Sequence, uint End, uint Acknowledgment, uint Window);

    /// <summary>An end with so much room for what it has not read.</summary>
    sealed record End(uint Initial, int Room, int Scale)
    {
        public uint Next { get; set; } = Initial;

        public uint Unacknowledged { get; set; }

        /// <summary>How far the other side lets it send.</summary>
        public uint Edge { get; set; }

        /// <summary>The next number of the other side.</summary>
        public uint Expected { get; set; }

        public bool Finished { get; set; }
    }
}
