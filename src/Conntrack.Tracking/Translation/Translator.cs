using System.Runtime.CompilerServices;
using Conntrack.Packets;
using Conntrack.Packets.Headers;

namespace Conntrack.Tracking.Translation;

/// <summary>
/// Translates packets of connections whose translation is decided, in netfilter's two halves: the destination before rules and routes see
/// the packet, the source when they have. Either half does what it has to for either direction: answers to a src-natted connection get their
/// destination back, answers to a dst-natted one their source.
/// </summary>
/// <remarks>
/// An ICMP error about a connection is translated as an answer to the packet it quotes would be: the quotation becomes what was sent, the
/// error's own source the address that was sent to, whoever in between sent it (RFC 5508 4.2).
/// </remarks>
public static unsafe class Translator
{
    /// <summary>Whether either half has anything to do for a connection.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool IsTranslated(Connection* connection) => (connection->Flags & (ConnectionFlags.SrcNat | ConnectionFlags.DstNat)) != 0;

    /// <summary>
    /// Whether the first half surely has nothing to do for a packet, which is what half of the packets of every translated connection and all of others
    /// come to: it belongs to a connection in the index whose flag for that half is not set, and is no error about it.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool KeepsDestination(Connection* connection, Packet* packet) =>
        Keeps(connection, packet, (ConnectionFlags)((uint)ConnectionFlags.DstNat >> packet->Direction));

    /// <summary>As <see cref="KeepsDestination"/> of the second half.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool KeepsSource(Connection* connection, Packet* packet) =>
        Keeps(connection, packet, (ConnectionFlags)((uint)ConnectionFlags.SrcNat << packet->Direction));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static bool Keeps(Connection* connection, Packet* packet, ConnectionFlags half) =>
        (connection->Flags & (ConnectionFlags.Confirmed | half)) == ConnectionFlags.Confirmed && (packet->Marks & PacketMarks.IcmpError) == 0;

    /// <summary>
    /// Whether a related error may pass a translation. A redirect may not: it would teach a host a way that is none without the translation
    /// (as nf_nat has it).
    /// </summary>
    public static bool MayPass(Connection* connection, Packet* error)
    {
        const byte Redirect = 5;
        return !IsTranslated(connection) || error->Family != PacketFamily.Ipv4 || ((IcmpHeader*)error->Transport)->Type != Redirect;
    }

    /// <summary>Before rules and routes: the destination.</summary>
    /// <param name="record">The packet's record.</param>
    /// <param name="packet">Its direction is set; a packet of the connection, or an error about one.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Destination<TRecord>(TRecord* record, Packet* packet)
        where TRecord : unmanaged, IConnectionRecord<TRecord>
    {
        // dst-nat for the original direction, src-nat undone for the other: its flag is one bit lower.
        var half = (ConnectionFlags)((uint)ConnectionFlags.DstNat >> packet->Direction);
        if ((TRecord.ConnectionOf(record)->Flags & half) == 0)
        {
            return;
        }

        if ((packet->Marks & PacketMarks.IcmpError) == 0)
        {
            TRecord.RewriteDestination(record, packet);
        }
        else
        {
            TRecord.RewriteErrorDestination(record, packet);
        }
    }

    /// <summary>After rules and routes: the source. Parameters as of <see cref="Destination"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Source<TRecord>(TRecord* record, Packet* packet)
        where TRecord : unmanaged, IConnectionRecord<TRecord>
    {
        var half = (ConnectionFlags)((uint)ConnectionFlags.SrcNat << packet->Direction);
        if ((TRecord.ConnectionOf(record)->Flags & half) == 0)
        {
            return;
        }

        if ((packet->Marks & PacketMarks.IcmpError) == 0)
        {
            TRecord.RewriteSource(record, packet);
        }
        else
        {
            TRecord.RewriteErrorSource(record, packet);
        }
    }
}
