using Conntrack.Packets;
using Conntrack.Tracking.Translation;

namespace Conntrack.Tracking.Table;

/// <content>
/// Several workers' tables: what packets that reach another worker have to be known by is named in a <see cref="SteeringIndex"/>, which also
/// keeps replies apart that different workers give out. A worker alone has none, and asks for none.
/// </content>
public sealed unsafe partial class ConnectionTable<TRecord>
{
    const ConnectionFlags Named = ConnectionFlags.NamedReply | ConnectionFlags.NamedOriginal;

    SteeringIndex* _steering;
    int _owner;

    /// <summary>Whether other workers have tables beside this one.</summary>
    public bool IsShared => _steering != null;

    /// <summary>Names its connections in an index of all workers. Before the first packet.</summary>
    /// <param name="steering">Outlives the table.</param>
    /// <param name="owner">The worker's number.</param>
    public void Share(SteeringIndex* steering, int owner)
    {
        _steering = steering;
        _owner = owner;
    }

    /// <summary>
    /// The connection a packet belongs to, 0 for none: as <see cref="Find"/> answers it, but nothing is touched, for the packets in front of this
    /// one have not been judged yet.
    /// </summary>
    /// <param name="packet">Hash, tuple, protocol and time are read.</param>
    public uint Peek(Packet* packet)
    {
        ConnectionIndex* index = &_view->Index;
        uint record = index->FirstCandidate(packet->Hash, out CandidateCursor cursor);
        while (record != 0)
        {
            if (TRecord.DirectionOf(At(record), packet) >= 0
                && (ConnectionAt(record)->Flags & ConnectionFlags.Confirmed) != 0
                && !IsExpired(record, packet->Time))
            {
                return record;
            }

            record = index->NextCandidate(ref cursor);
        }

        return 0;
    }

    /// <summary>
    /// Lets other workers know whose a confirmed connection is, in both directions. Where one has the name already it stays its, and what comes
    /// there under this name finds its way by a tour.
    /// </summary>
    public void Name(uint record)
    {
        if (_steering == null || (ConnectionAt(record)->Flags & Named) == Named)
        {
            return;
        }

        if ((ConnectionAt(record)->Flags & ConnectionFlags.NamedReply) == 0)
        {
            TryName(record, direction: 1, ConnectionFlags.NamedReply);
        }

        NameOriginal(record);
    }

    void NameOriginal(uint record)
    {
        if (KeyOf(record, 0) != KeyOf(record, 1))
        {
            TryName(record, direction: 0, ConnectionFlags.NamedOriginal);
        }
    }

    bool TryName(uint record, int direction, ConnectionFlags name)
    {
        if (!SteeringIndex.TryAdd(_steering, KeyOf(record, direction), _owner))
        {
            return false;
        }

        ConnectionAt(record)->Flags |= name;
        return true;
    }

    void Unname(uint record, Connection* connection)
    {
        if ((connection->Flags & ConnectionFlags.NamedReply) != 0)
        {
            SteeringIndex.Remove(_steering, KeyOf(record, 1), _owner);
        }

        if ((connection->Flags & ConnectionFlags.NamedOriginal) != 0)
        {
            SteeringIndex.Remove(_steering, KeyOf(record, 0), _owner);
        }

        connection->Flags &= ~Named;
    }

    void CountTranslated(Connection* connection, int change)
    {
        if (_steering != null && Translator.IsTranslated(connection))
        {
            SteeringIndex.CountTranslated(_steering, _owner, change);
        }
    }

    ulong KeyOf(uint record, int direction) =>
        SteeringKey.Of(TRecord.HashOf(_hash, At(record), direction), TRecord.SecondHashOf(_hash, At(record), direction));
}
