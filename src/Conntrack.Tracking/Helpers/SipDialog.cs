using System.Runtime.InteropServices;
using Conntrack.Tracking.Table;

namespace Conntrack.Tracking.Helpers;

/// <summary>
/// What is remembered of a SIP connection besides its <see cref="HelperState"/>, in that one's second place: what is expected of it. A connection
/// between a telephone and its server carries all their calls, so as in nf_conntrack_sip a new INVITE lets go of what the one before announced.
/// </summary>
/// <remarks><code>
///  0 CSeq of the latest INVITE (4)   4 of the latest REGISTER (4)   8 port that answers go to (2)  10 expectation of the registration (2)
/// 12 expectations of media: direction, medium, RTP and RTCP (2 × 3 × 2 × 2)   36 … 64 spare
/// </code></remarks>
[StructLayout(LayoutKind.Explicit, Size = Extension.ByteSize)]
public unsafe struct SipDialog
{
    const int Media = 2 * SipMessage.MostMedia * 2;

    [FieldOffset(0)] public uint InviteSequence;
    [FieldOffset(4)] public uint RegisterSequence;

    /// <summary>Where its Via says that a telephone hears answers, which it asked from another port; 0 for the same. Host order.</summary>
    [FieldOffset(8)] public ushort AnswerPort;

    /// <summary>Number of the expectation of calls to a registered telephone, 0 for none.</summary>
    [FieldOffset(10)] public ushort Registration;

    [FieldOffset(12)] fixed ushort _media[Media];

    /// <summary>Number of the expectation of a stream that was announced in a direction.</summary>
    public static ushort* MediumOf(SipDialog* dialog, int direction, int medium, bool isControl) =>
        dialog->_media + (((direction * SipMessage.MostMedia) + medium) * 2) + (isControl ? 1 : 0);

    /// <summary>Gives up every stream that is still expected.</summary>
    public static void ForgetMedia(SipDialog* dialog, ExpectationTable* table, Connection* master)
    {
        for (int n = 0; n < Media; n++)
        {
            Forget(table, master, dialog->_media + n);
        }
    }

    /// <summary>Gives up one expectation.</summary>
    public static void Forget(ExpectationTable* table, Connection* master, ushort* number)
    {
        if (*number != 0)
        {
            ExpectationTable.Withdraw(table, *number, master);
            *number = 0;
        }
    }
}
