using System.Buffers.Binary;
using Conntrack.Memory;
using Conntrack.Packets;
using Conntrack.Packets.Headers;

namespace Conntrack.Tracking;

/// <summary>DCCP (RFC 4340): the table of <see cref="DccpTransitions"/>. Kernels up to 6.16 had such a machine; newer ones call it generic.</summary>
public static unsafe class DccpTracking
{
    const ulong ShortSequence = 0xff_ffff;

    /// <summary>Whether a packet without a connection may open one.</summary>
    public static bool CanOpen(Packet* packet) =>
        DccpTransitions.Next(0, (byte)DccpState.None, TypeOf(packet)) != DccpTransitions.Invalid;

    /// <summary>First packet of a connection; returns its timeout.</summary>
    public static uint Open(Connection* connection, Packet* packet)
    {
        *DccpFlow.Of(connection) = default;
        connection->State = DccpTransitions.Next(0, (byte)DccpState.None, TypeOf(packet));
        return Timeout((DccpState)connection->State);
    }

    /// <summary>A packet of a known connection.</summary>
    public static Outcome Continue(Connection* connection, Packet* packet, out uint timeout)
    {
        DccpPacket type = TypeOf(packet);
        byte state = connection->State;
        byte next = DccpTransitions.Next(packet->Direction, state, type);
        timeout = 0;
        switch (next)
        {
            case DccpTransitions.Invalid:
                return Outcome.Invalid;
            case DccpTransitions.Ignored:
                return Outcome.Ignore;
            case (byte)DccpState.Request when state == (byte)DccpState.TimeWait:
                return Outcome.Reopen;
            case (byte)DccpState.TimeWait when (connection->Flags & ConnectionFlags.SeenReply) == 0:
                // Only a Reset answered the Request: there never was a connection, so nothing needs to linger.
                return Outcome.Kill;
        }

        DccpFlow* flow = DccpFlow.Of(connection);
        if (next == (byte)DccpState.Respond && type == DccpPacket.Response)
        {
            flow->Response = Sequence(packet);
        }
        else if (state == (byte)DccpState.Respond && next == (byte)DccpState.PartOpen && Acknowledges(packet, flow->Response))
        {
            connection->Flags |= ConnectionFlags.Assured;
        }

        connection->State = next;
        timeout = Timeout((DccpState)next);
        return next == state ? Outcome.Accept : Outcome.Advance;
    }

    /// <summary>
    /// Those that nf_conntrack had; RouterOS has no setting for them. From the maximum segment lifetime of two minutes (RFC 4340 3.4) and
    /// the 64 s after which Close is no longer retransmitted (8.3). Ticks.
    /// </summary>
    internal static uint Timeout(DccpState state)
    {
        const uint SegmentLifetime = 2 * 60;
        uint seconds = state switch
        {
            DccpState.Request or DccpState.TimeWait => 2 * SegmentLifetime,
            DccpState.Respond or DccpState.PartOpen => 4 * SegmentLifetime,
            DccpState.Open => 12 * 60 * 60,
            _ => 64,
        };
        return seconds * Timestamp.TicksPerSecond;
    }

    static DccpPacket TypeOf(Packet* packet) => (DccpPacket)((((DccpHeader*)packet->Transport)->TypeAndX >> 1) & 0xf);

    static bool IsLong(byte* header) => (((DccpHeader*)header)->TypeAndX & 1) != 0;

    /// <summary>The sequence number: 48 bits of a long header, 24 of a short one (RFC 4340 5.1).</summary>
    static ulong Sequence(Packet* packet)
    {
        byte* header = packet->Transport;
        return IsLong(header) ? Low48(header + 8) : Low48(header + 4) & ShortSequence;
    }

    /// <summary>Whether its acknowledgment number (RFC 4340 5.3), as much of it as it has, is this sequence number.</summary>
    static bool Acknowledges(Packet* packet, ulong sequence)
    {
        byte* header = packet->Transport;
        int length = ((DccpHeader*)header)->DataOffset * 4;
        return IsLong(header)
            ? length >= DccpHeader.LongByteSize + 8 && Low48(header + DccpHeader.LongByteSize) == sequence
            : length >= DccpHeader.ByteSize + 4
                && (BinaryPrimitives.ReverseEndianness(*(uint*)(header + DccpHeader.ByteSize)) & ShortSequence) == (sequence & ShortSequence);
    }

    /// <summary>The lower 48 bits of eight bytes in network order.</summary>
    static ulong Low48(byte* bytes) => BinaryPrimitives.ReverseEndianness(*(ulong*)bytes) & 0xffff_ffff_ffff;
}
