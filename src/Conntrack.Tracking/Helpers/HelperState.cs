using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Conntrack.Tracking.Table;

namespace Conntrack.Tracking.Helpers;

/// <summary>What is known of one direction of a stream of lines.</summary>
[Flags]
public enum StreamMarks : byte
{
    None = 0,

    /// <summary><see cref="HelperState.Next"/> is known.</summary>
    IsKnown = 1 << 0,

    /// <summary>The next byte begins a line.</summary>
    AtLine = 1 << 1,

    /// <summary><see cref="HelperState.Start"/> is known.</summary>
    HasStart = 1 << 2,

    /// <summary>There was no room for text that had been held: nothing is held any more.</summary>
    HoldsNothing = 1 << 3,

    /// <summary><see cref="FtpText.Late"/> is known.</summary>
    HasLate = 1 << 4,
}

/// <summary>
/// What a helper remembers of a connection: a place of the extension slab, which the connection's <see cref="Extension"/> names. A second place
/// holds the text of a line of which only the beginning has come.
/// </summary>
/// <remarks><code>
///  0 sequence shift orig (12)   12 repl (12)   24 next orig (4)   28 repl (4)   32 start orig (4)   36 repl (4)
/// 40 held text (4)   44 expectations, the oldest first (4 × 2)
/// 52 port announced last: as asked, as given, orig (4)   56 repl (4)   60 held length orig  61 repl   62 marks orig  63 repl
/// 64
/// </code>PPTP: 24 call of the client (2)  26 as the server knows it (2)  28 call of the server (2)  30 as the client knows it (2).</remarks>
[StructLayout(LayoutKind.Explicit, Size = Extension.ByteSize)]
public unsafe struct HelperState
{
    /// <summary>Expectations of one connection; the oldest makes room for another.</summary>
    public const int MostExpectations = 4;

    [FieldOffset(0)] SequenceShift _original;
    [FieldOffset(12)] SequenceShift _reply;

    /// <summary>The sender's number of the next byte in order.</summary>
    [FieldOffset(24)] public fixed uint Next[2];

    /// <summary>The sender's number of the first byte of what was read last: where it comes again it is read again.</summary>
    [FieldOffset(32)] public fixed uint Start[2];

    /// <summary>Number of the held text in the extension slab, 0 for none.</summary>
    [FieldOffset(40)] public uint Text;

    [FieldOffset(44)] fixed ushort _expectations[MostExpectations];

    /// <summary>The port announced last in a direction and what was made of it, host order: what is sent again gets the same.</summary>
    [FieldOffset(52)] public fixed ushort Announced[4];

    /// <summary>Bytes of the held text that are a direction's; at most one direction has any.</summary>
    [FieldOffset(60)] public fixed byte Held[2];

    [FieldOffset(62)] fixed byte _marks[2];

    /// <summary>Calls of PPTP, network order.</summary>
    [FieldOffset(24)] public fixed ushort Calls[4];

    /// <summary>The shift of a direction's sequence numbers.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static SequenceShift* ShiftOf(HelperState* state, int direction) => &state->_original + direction;

    /// <summary>What is known of a direction's stream.</summary>
    public static StreamMarks* MarksOf(HelperState* state, int direction) => (StreamMarks*)(state->_marks + direction);

    /// <summary>Remembers an expectation, and gives up the oldest when there are too many.</summary>
    public static void Remember(HelperState* state, ExpectationTable* table, Connection* master, ushort number)
    {
        for (int n = 0; n < MostExpectations; n++)
        {
            if (state->_expectations[n] == number)
            {
                return;
            }
        }

        if (state->_expectations[MostExpectations - 1] != 0)
        {
            ExpectationTable.Withdraw(table, state->_expectations[0], master);
            for (int n = 1; n < MostExpectations; n++)
            {
                state->_expectations[n - 1] = state->_expectations[n];
            }

            state->_expectations[MostExpectations - 1] = 0;
        }

        int place = 0;
        while (state->_expectations[place] != 0)
        {
            place++;
        }

        state->_expectations[place] = number;
    }

    /// <summary>Gives up everything that is expected of a master.</summary>
    public static void ForgetAll(HelperState* state, ExpectationTable* table, Connection* master)
    {
        for (int n = 0; n < MostExpectations; n++)
        {
            if (state->_expectations[n] != 0)
            {
                ExpectationTable.Withdraw(table, state->_expectations[n], master);
                state->_expectations[n] = 0;
            }
        }
    }
}
