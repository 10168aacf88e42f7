using System.Runtime.CompilerServices;
using Conntrack.Packets;
using Conntrack.Tracking.Table;

namespace Conntrack.Tracking;

/// <summary>
/// ICMP and ICMPv6 errors: <c>related</c> when the packet they quote belongs to a connection. They take the connection's marks and its
/// translation, and leave it as it is: nothing is counted, no timeout refreshed, no state touched, so a forged error cannot keep a connection
/// alive nor end it.
/// </summary>
public static unsafe class ErrorTracking
{
    /// <summary>Judges an error. False when no connection in the table is quoted; the error is invalid then.</summary>
    /// <param name="table">The connections of its family.</param>
    /// <param name="error">The error.</param>
    /// <param name="answer">What would answer the quoted packet; its direction becomes the error's.</param>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static bool Relate<TRecord>(ConnectionTable<TRecord> table, Packet* error, Packet* answer)
        where TRecord : unmanaged, IConnectionRecord<TRecord>
    {
        uint record = table.Find(answer, out int direction);
        if (record == 0)
        {
            error->State = ConnectionStateOfPacket.Invalid;
            return false;
        }

        error->Connection = table.ConnectionAt(record);
        error->Record = record;
        error->Direction = (byte)direction;
        error->State = ConnectionStateOfPacket.Related;
        return true;
    }
}
