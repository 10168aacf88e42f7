using System.Runtime.InteropServices;
using Conntrack.Packets;

namespace Conntrack.Tracking.Helpers;

/// <summary>What an expectation says besides its endpoints.</summary>
[Flags]
public enum ExpectationMarks : byte
{
    None = 0,

    /// <summary>The first packet comes from <see cref="Expectation.Src"/>, and from nowhere else.</summary>
    HasSource = 1 << 0,

    /// <summary>And from <see cref="Expectation.SrcPort"/>.</summary>
    HasSourcePort = 1 << 1,

    /// <summary>Its master is translated: the connection is translated as it is, whatever the rules say.</summary>
    FollowsMaster = 1 << 2,

    /// <summary>Its source becomes the address that its master was masqueraded to.</summary>
    Masqueraded = 1 << 3,

    /// <summary>It stays when it is fulfilled, until its deadline: whoever calls a registered telephone calls there again.</summary>
    Stays = 1 << 4,

    /// <summary>Nothing fulfils it yet: a registrar has still to agree.</summary>
    Sleeps = 1 << 5,

    /// <summary>The connection is read by the helper that expected it.</summary>
    IsRead = 1 << 6,
}

/// <summary>
/// A connection that a helper has heard of before its first packet: two cache lines of <see cref="ExpectationTable"/>. Who it is for goes by its
/// word, so that one packet takes it and no other.
/// </summary>
/// <remarks><code>
///   0 word: state (2 bits), life (30)   4 deadline tick (4)   8 family  9 protocol  10 helper  11 marks  12 source port (2)  14 destination port (2)
///  16 source (16)   32 destination (16)   48 source it leaves with (16)   64 destination it leaves with (16)
///  80 destination port it leaves with (2)  82 connection-mark (2)  84 call that answers name (2)  86 call it answers to (2)
///  88 master (8)  96 master's deadline (8)  104 master's generation (2)  106 pair (2)  108 part of its protocol (1)  109 … 128 spare
/// </code></remarks>
[StructLayout(LayoutKind.Explicit, Size = ByteSize)]
public unsafe struct Expectation
{
    /// <summary>Bytes of this struct.</summary>
    public const int ByteSize = 128;

    [FieldOffset(0)] internal uint Word;

    /// <summary>The tick from which it is no more.</summary>
    [FieldOffset(4)] public uint Deadline;

    [FieldOffset(8)] public PacketFamily Family;
    [FieldOffset(9)] public byte Protocol;
    [FieldOffset(10)] public HelperKind Helper;
    [FieldOffset(11)] public ExpectationMarks Marks;

    /// <summary>Network order, as all ports here.</summary>
    [FieldOffset(12)] public ushort SrcPort;
    [FieldOffset(14)] public ushort DstPort;

    /// <summary>Where the first packet comes from, host order, IPv4 in the low 32 bits, as all addresses here.</summary>
    [FieldOffset(16)] public UInt128 Src;
    [FieldOffset(32)] public UInt128 Dst;

    /// <summary>What it leaves with, where it <see cref="ExpectationMarks.FollowsMaster"/>.</summary>
    [FieldOffset(48)] public UInt128 LeavesSrc;
    [FieldOffset(64)] public UInt128 LeavesDst;
    [FieldOffset(80)] public ushort LeavesDstPort;

    /// <summary>The master's connection-mark, which the connection begins with.</summary>
    [FieldOffset(82)] public ushort Mark;

    /// <summary>Of a PPTP call: the call id in packets of the other direction as they come in, and as they leave.</summary>
    [FieldOffset(84)] public ushort ReplyCall;
    [FieldOffset(86)] public ushort ReplyCallLeaves;

    [FieldOffset(88)] internal Connection* Master;
    [FieldOffset(96)] internal uint* MasterDeadline;
    [FieldOffset(104)] internal ushort MasterGeneration;

    /// <summary>
    /// Number of the expectation of the other end's half of one stream, 0 for none: who sends from where that one leads comes from where it is expected.
    /// </summary>
    [FieldOffset(106)] public ushort Pair;

    /// <summary>Of a connection that <see cref="ExpectationMarks.IsRead"/>: which of the helper's protocols it speaks.</summary>
    [FieldOffset(108)] public byte Part;

    /// <summary>Says of which connection it is expected: it ends with that one.</summary>
    /// <param name="master">The connection; its memory stays mapped as long as the table is used.</param>
    /// <param name="deadline">Where its deadline is.</param>
    public void BelongTo(Connection* master, uint* deadline)
    {
        Master = master;
        MasterDeadline = deadline;
        MasterGeneration = master->Generation;
    }
}
