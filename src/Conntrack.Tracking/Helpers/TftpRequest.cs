using System.Buffers.Binary;
using Conntrack.Packets;
using Conntrack.Packets.Rewriting;
using Conntrack.Tracking.Table;

namespace Conntrack.Tracking.Helpers;

/// <summary>
/// TFTP (RFC 1350): a request is answered from a port that the server chooses, to the port it came from. Nothing in the request says so, nothing has to
/// be rewritten.
/// </summary>
public static unsafe class TftpRequest
{
    const ushort Read = 1, Write = 2;

    /// <summary>Whether data asks for a file to be read or written.</summary>
    public static bool Is(ReadOnlySpan<byte> data) =>
        data.Length >= sizeof(ushort) && BinaryPrimitives.ReadUInt16BigEndian(data) is Read or Write;

    /// <summary>Expects the answer to a request.</summary>
    public static void Expect<TRecord>(ConnectionTable<TRecord> table, Packet* packet, HelperState* state, in HelperWork work)
        where TRecord : unmanaged, IConnectionRecord<TRecord>
    {
        if (packet->Direction != 0 || !PayloadRewrite.TryView(packet, out byte* data, out int length) || !Is(new ReadOnlySpan<byte>(data, length)))
        {
            return;
        }

        work.Counters->Parsed++;
        Expectation expected = Announcing.Like(table, packet, 1, Announcing.DataTimeout);
        expected.Helper = HelperKind.Tftp;
        expected.Protocol = IpProtocol.Udp;
        expected.DstPort = TRecord.PortsOf(table.At(packet->Record), 1)->DstPort;
        expected.LeavesDstPort = TRecord.PortsOf(table.At(packet->Record), 0)->SrcPort;
        HelperState.ForgetAll(state, work.Expectations, expected.Master);
        if (ExpectationTable.Enter(work.Expectations, expected, packet->Time, out ushort number) == ExpectOutcome.Entered)
        {
            work.Counters->Expected++;
            HelperState.Remember(state, work.Expectations, expected.Master, number);
        }
        else
        {
            work.Counters->Refused++;
        }
    }
}
