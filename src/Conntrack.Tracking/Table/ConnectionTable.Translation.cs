using System.Diagnostics;

namespace Conntrack.Tracking.Table;

/// <content>
/// Translated connections: a reply that is not the mirror is a second name in the index, and no two connections may have one name.
/// </content>
public sealed unsafe partial class ConnectionTable<TRecord>
{
    uint _translated;

    /// <summary>
    /// Whether any connection's reply is not the mirror of its original. Only then can a new connection's be another's without a translation of
    /// its own.
    /// </summary>
    public bool HoldsTranslated => _translated != 0;

    /// <summary>
    /// Whether another connection has a tuple that is this record's reply, so that an answer would not know whose it is. Connections of this
    /// burst count once they have claimed theirs. One that has expired does not count and is reclaimed; of another worker's it counts until that
    /// worker has reclaimed it.
    /// </summary>
    /// <param name="record">Not confirmed, its reply as it is to be.</param>
    /// <param name="time">Now.</param>
    public bool IsReplyTaken(uint record, ulong time)
    {
        ConnectionIndex* index = &_view->Index;
        uint hash = TRecord.HashOf(_hash, At(record), 1);
        uint other = index->FirstCandidate(hash, out CandidateCursor cursor);
        while (other != 0)
        {
            if (other == record || !TRecord.HasReplyOf(At(other), At(record)))
            {
                other = index->NextCandidate(ref cursor);
            }
            else if ((ConnectionAt(other)->Flags & ConnectionFlags.Confirmed) != 0 && IsExpired(other, time))
            {
                End(other, ConnectionEnd.Expired);
                other = index->FirstCandidate(hash, out cursor);
            }
            else
            {
                return true;
            }
        }

        return _steering != null && SteeringIndex.IsHeldByOther(_steering, KeyOf(record, 1), _owner);
    }

    /// <summary>
    /// Enters a record's reply into the index before the record is confirmed, so that no other connection of the burst takes it. The reply
    /// must not change any more; until <see cref="Confirm(uint)"/> nothing finds the record.
    /// </summary>
    /// <returns>
    /// False when the index refuses it, as <see cref="Confirm(uint)"/> may, or another worker has taken it since <see cref="IsReplyTaken"/> answered.
    /// </returns>
    public bool Claim(uint record)
    {
        Connection* connection = ConnectionAt(record);
        const ConnectionFlags Judged = ConnectionFlags.Alive | ConnectionFlags.Confirmed | ConnectionFlags.Claimed;
        Debug.Assert((connection->Flags & Judged) == ConnectionFlags.Alive, "Claimed twice, confirmed, or free.");
        if (!_view->Index.Insert(TRecord.HashOf(_hash, At(record), 1), record))
        {
            return false;
        }

        if (_steering != null && !TryName(record, direction: 1, ConnectionFlags.NamedReply))
        {
            _view->Index.Remove(TRecord.HashOf(_hash, At(record), 1), record);
            return false;
        }

        connection->Flags |= ConnectionFlags.Claimed;
        return true;
    }

    /// <summary>Where a search for a free port begins, see <see cref="Translation.ITranslatedRecord{TSelf}.SpreadOf"/>.</summary>
    public uint SpreadOf(uint record, uint salt) => TRecord.SpreadOf(_hash, At(record), salt);

    /// <summary>
    /// Ends masqueraded connections that have lost the address they were translated to. Such a connection leaves by that address's interface
    /// and is known by its reply's destination, so the record needs no room for the interface.
    /// </summary>
    /// <param name="address">The address that went, host order; of IPv4 in the low 32 bits.</param>
    /// <param name="from">In: the number to begin with, 1 at first. Out: where to go on; 0 when all have been looked at.</param>
    /// <param name="count">Records to look at: a slice, for this is the worker's time.</param>
    /// <returns>Connections ended.</returns>
    public int RemoveMasqueraded(UInt128 address, ref uint from, uint count)
    {
        const ConnectionFlags Sought = ConnectionFlags.Confirmed | ConnectionFlags.Masqueraded;
        uint high = _view->Records.HighWater;
        uint end = (uint)Math.Min((ulong)from + count, (ulong)high + 1);
        int ended = 0;
        for (uint record = from; record < end; record++)
        {
            ConnectionFlags flags = ConnectionAt(record)->Flags;
            if ((flags & (Sought | ConnectionFlags.Dying)) == Sought && TRecord.DstOf(At(record), 1) == address)
            {
                Remove(record, ConnectionEnd.AddressLost);
                ended++;
            }
        }

        from = end > high ? 0 : end;
        return ended;
    }
}
