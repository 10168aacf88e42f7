using System.Runtime.InteropServices;
using Conntrack.Tracking.Table;

namespace Conntrack.Tracking.Helpers;

/// <summary>Which of H.323's protocols a connection speaks.</summary>
public enum H323Part : byte
{
    /// <summary>Q.931: what a connection to the helper's port speaks.</summary>
    Signalling = 0,

    /// <summary>H.245, in a connection that was expected.</summary>
    Control = 1,
}

/// <summary>What is remembered of a connection of H.323 besides its <see cref="HelperState"/>, in that one's second place.</summary>
/// <remarks><code>
///  0 part (1)   1 place of the next expectation (1)   2 bytes that a TPKT header alone has promised orig (2)   4 repl (2)   6 expectations (24 × 2)   54 … 64 spare
/// </code></remarks>
[StructLayout(LayoutKind.Explicit, Size = Extension.ByteSize)]
public unsafe struct H323Call
{
    /// <summary>Expectations of one connection; the oldest makes room for another.</summary>
    public const int MostExpectations = 24;

    [FieldOffset(0)] public H323Part Part;
    [FieldOffset(1)] byte _next;

    /// <summary>A header of TPKT that came in a segment of its own: bytes of the message that follows it, 0 for none.</summary>
    [FieldOffset(2)] public fixed ushort Promised[2];

    [FieldOffset(6)] fixed ushort _expectations[MostExpectations];

    /// <summary>Remembers an expectation, and gives up the oldest when there are too many.</summary>
    public static void Remember(H323Call* call, ExpectationTable* table, Connection* master, ushort number)
    {
        for (int n = 0; n < MostExpectations; n++)
        {
            if (call->_expectations[n] == number)
            {
                return;
            }
        }

        ushort* place = call->_expectations + call->_next;
        if (*place != 0)
        {
            ExpectationTable.Withdraw(table, *place, master);
        }

        *place = number;
        call->_next = (byte)((call->_next + 1) % MostExpectations);
    }
}
