using System.Runtime.CompilerServices;
using Conntrack.Tracking.Helpers;

namespace Conntrack.Tracking.Table;

/// <content>Counters wider than the record: their carries live in the extension.</content>
public sealed unsafe partial class ConnectionTable<TRecord>
{
    /// <summary>
    /// Called when <see cref="Connection.Count"/> answered true: the wrap that happened just now is kept in the extension, which is taken
    /// if there is none yet.
    /// </summary>
    /// <param name="connection">The connection.</param>
    /// <param name="direction">The direction counted.</param>
    /// <param name="bytes">The bytes counted last, by which the wrapped counter is told from the other.</param>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public void Carry(Connection* connection, int direction, uint bytes)
    {
        Extension* extension = ExtensionOf(connection);
        if (extension == null)
        {
            _view->Counters.CarriesLost++;
            return;
        }

        if (connection->Packets[direction] == 0)
        {
            extension->PacketsCarry[direction]++;
        }

        if (Connection.Bytes(connection, direction) < bytes)
        {
            extension->BytesCarry[direction]++;
        }
    }

    /// <summary>Adds what the flow cache counted for a direction, any number of packets at once.</summary>
    public void AddTotals(Connection* connection, int direction, uint packets, ulong bytes)
    {
        const ulong BytesInRecord = (1ul << 48) - 1;
        ulong packetSum = (ulong)connection->Packets[direction] + packets;
        ulong byteSum = Connection.Bytes(connection, direction) + bytes;
        if (((packetSum >> 32) | (byteSum >> 48)) != 0)
        {
            Extension* extension = ExtensionOf(connection);
            if (extension == null)
            {
                _view->Counters.CarriesLost++;
            }
            else
            {
                extension->PacketsCarry[direction] += (ushort)(packetSum >> 32);
                extension->BytesCarry[direction] += (ushort)(byteSum >> 48);
            }
        }

        connection->Packets[direction] = (uint)packetSum;
        Connection.SetBytes(connection, direction, byteSum & BytesInRecord);
    }

    /// <summary>The connection's extension, taken if there is none yet; null when no memory is committed for one.</summary>
    public Extension* ExtensionOf(Connection* connection)
    {
        if (connection->Extension == 0)
        {
            connection->Extension = _view->Extensions.Take();
        }

        return connection->Extension == 0 ? null : _view->Extensions.At(connection->Extension);
    }

    /// <summary>All packets of a direction.</summary>
    public ulong Packets(Connection* connection, int direction) => connection->Packets[direction]
        | (connection->Extension == 0 ? 0 : (ulong)_view->Extensions.At(connection->Extension)->PacketsCarry[direction] << 32);

    /// <summary>All bytes of a direction.</summary>
    public ulong Bytes(Connection* connection, int direction) => Connection.Bytes(connection, direction)
        | (connection->Extension == 0 ? 0 : (ulong)_view->Extensions.At(connection->Extension)->BytesCarry[direction] << 48);

    /// <summary>What a helper remembers of a connection, taken if there is nothing yet; null when no memory is committed for it.</summary>
    public HelperState* HelperStateOf(Connection* connection)
    {
        Extension* extension = ExtensionOf(connection);
        if (extension != null && extension->HelperState == 0)
        {
            uint taken = _view->Extensions.Take();
            if (taken >= Extension.MostHelperStates)
            {
                _view->Extensions.Give(taken);
                taken = 0;
            }

            extension->HelperState = taken;
        }

        return extension == null || extension->HelperState == 0 ? null : (HelperState*)_view->Extensions.At(extension->HelperState);
    }

    /// <summary>Room for <see cref="Extension.ByteSize"/> bytes of a line of which only the beginning has come; null when there is none.</summary>
    public byte* HeldTextOf(HelperState* state)
    {
        if (state->Text == 0)
        {
            state->Text = _view->Extensions.Take();
        }

        return state->Text == 0 ? null : (byte*)_view->Extensions.At(state->Text);
    }

    /// <summary>Where a record's deadline is: for whoever has to know how long a connection of another worker lives.</summary>
    public uint* DeadlineOf(uint record) => _deadlines + record;
}
