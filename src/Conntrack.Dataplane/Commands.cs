using Conntrack.Dataplane.Abi;
using Conntrack.Tracking;
using Conntrack.Tracking.Table;

namespace Conntrack.Dataplane;

/// <summary>
/// The worker's end of its <see cref="Mailbox"/>: a few commands after every burst, while no packet points at a record. Ending a connection
/// costs three cache misses, so a burst is held up by less than a microsecond however much is asked. To find what was masqueraded takes a look
/// at every record, so many of them a burst.
/// </summary>
static unsafe class Commands
{
    const int PerBurst = 4;

    /// <summary>Records looked at in a burst: neighbours in memory, a few microseconds.</summary>
    const uint FlushSlice = 512;

    public static void Slice(Worker worker)
    {
        Mailbox* mailbox = worker.Mailbox;
        for (int n = 0; n < PerBurst; n++)
        {
            Command* command = Mailbox.Next(mailbox);
            if (command == null)
            {
                return;
            }

            if (command->Kind == CommandKind.FlushMasqueraded)
            {
                if (command->IsIpv6 == 0 ? !Flush(worker, worker.Connections4, command) : !Flush(worker, worker.Connections6, command))
                {
                    return;
                }

                Mailbox.Answer(mailbox, CommandResult.Done);
                continue;
            }

            bool done = command->Kind == CommandKind.RemoveConnection
                && (command->IsIpv6 == 0 ? Remove(worker.Connections4, command) : Remove(worker.Connections6, command));
            Mailbox.Answer(mailbox, done ? CommandResult.Done : CommandResult.Gone);
        }
    }

    /// <summary>True when all records have been looked at.</summary>
    static bool Flush<TRecord>(Worker worker, ConnectionTable<TRecord> table, Command* command)
        where TRecord : unmanaged, IConnectionRecord<TRecord>
    {
        uint from = Math.Max(worker.FlushedTo, 1);
        table.RemoveMasqueraded(command->Address, ref from, FlushSlice);
        worker.FlushedTo = from;
        return from == 0;
    }

    static bool Remove<TRecord>(ConnectionTable<TRecord> table, Command* command)
        where TRecord : unmanaged, IConnectionRecord<TRecord>
    {
        if (command->Record == 0 || command->Record > table.View->Records.HighWater)
        {
            return false;
        }

        // An odd generation is a life; the same one is the same life.
        Connection* connection = table.ConnectionAt(command->Record);
        if ((command->Generation & 1) == 0
            || connection->Generation != command->Generation
            || (connection->Flags & (ConnectionFlags.Confirmed | ConnectionFlags.Dying)) != ConnectionFlags.Confirmed)
        {
            return false;
        }

        table.Remove(command->Record, ConnectionEnd.Deleted);
        return true;
    }
}
