using Conntrack.Tracking.FastTrack.Offload;

namespace Conntrack.Tracking.Table;

/// <content>Connections that hardware forwards packets of: what the control side tells about them enters their records here.</content>
public sealed unsafe partial class ConnectionTable<TRecord>
{
    /// <summary>To the control side, which has the hardware; null where nobody has.</summary>
    public OffloadExchange* Offloads { get; set; }

    /// <summary>Takes in a notice.</summary>
    /// <param name="notice">Of a connection of this table, which may have ended since.</param>
    /// <param name="now">The worker's time.</param>
    /// <param name="parameters">The settings in force.</param>
    public void Heed(OffloadNotice* notice, ulong now, TrackingParameters* parameters)
    {
        Connection* connection = notice->Record == 0 || notice->Record > _view->Records.HighWater ? null : ConnectionAt(notice->Record);
        bool lives = connection != null && connection->Generation == notice->Generation
            && (connection->Flags & (ConnectionFlags.Confirmed | ConnectionFlags.Dying)) == ConnectionFlags.Confirmed;
        switch (notice->Kind)
        {
            case NoticeKind.Begun when lives && (connection->Flags & ConnectionFlags.FastTrack) != 0:
                // With or without a line in the flow cache: packets will pass that the worker does not see, and its windows must not be held against later ones.
                connection->Flags |= ConnectionFlags.FlowLines;
                SetOffloaded(notice->Record, connection, ConnectionFlags.HwOffload);
                break;
            case NoticeKind.Begun:
                OffloadExchange.TellOver(Offloads, notice->Record, notice->Generation, notice->IsIpv6 != 0);
                break;
            case NoticeKind.Counted when lives:
                AddOffloaded(connection, notice, now, parameters->Timeouts[notice->TimeoutSlot]);
                break;
            case NoticeKind.Over when lives:
                SetOffloaded(notice->Record, connection, ConnectionFlags.None);
                break;
        }
    }

    /// <summary>None of the connection's packets may be forwarded past the worker from now on.</summary>
    internal void EndOffload(uint record, Connection* connection)
    {
        if ((connection->Flags & (ConnectionFlags.Confirmed | ConnectionFlags.HwOffload)) == (ConnectionFlags.Confirmed | ConnectionFlags.HwOffload))
        {
            connection->Flags &= ~ConnectionFlags.HwOffload;
            OffloadExchange.TellOver(Offloads, record, connection->Generation, sizeof(TRecord) == Connection6.ByteSize);
        }
    }

    void SetOffloaded(uint record, Connection* connection, ConnectionFlags to)
    {
        if ((connection->Flags & ConnectionFlags.HwOffload) != to)
        {
            connection->Flags = (connection->Flags & ~ConnectionFlags.HwOffload) | to;
            TellChanged(record);
        }
    }

    void AddOffloaded(Connection* connection, OffloadNotice* notice, ulong now, uint timeout)
    {
        Extension* extension = ExtensionOf(connection);
        if (extension != null)
        {
            extension->AddFastTracked(notice->Direction, notice->Packets, notice->Bytes);
        }

        AddTotals(connection, notice->Direction, notice->Packets, notice->Bytes);
        if ((connection->Flags & ConnectionFlags.FastTrack) != 0 && notice->Packets != 0)
        {
            // When the last of them passed nobody knows, only that it was since the look before.
            Refresh(notice->Record, connection, now, timeout);
        }
    }
}
