using System.Runtime.CompilerServices;
using Conntrack.Firewall;
using Conntrack.Packets;

namespace Conntrack.Dataplane.Routing;

/// <summary>What a reject or tarpit rule says to the sender of a packet that it dropped.</summary>
static unsafe class Rejection
{
    const byte Unreachable4 = 3, Unreachable6 = 1;

    [MethodImpl(MethodImplOptions.NoInlining)]
    public static void Answer(Worker worker, Packet* packet, RuleVerdict verdict)
    {
        if (verdict.IsTarpit)
        {
            packet->Verdict = Verdict.Tarpit;
            TcpAnswers.Hold(worker, packet);
            return;
        }

        packet->Verdict = Verdict.Reject;
        if ((packet->Marks & PacketMarks.TransportChecksumBad) != 0)
        {
            // Whom to tell is as doubtful as the rest of it; netfilter keeps quiet, too.
            return;
        }

        RejectWith with = RuleImage.RejectWithOf(worker.Rules, verdict);
        if (with == RejectWith.TcpReset)
        {
            TcpAnswers.Reset(worker, packet);
        }
        else
        {
            IcmpErrors.Send(worker, packet, MessageOf(with));
        }
    }

    /// <summary>RFC 1812 5.2.7.1, RFC 4443 3.1; where one family has no such word, the nearest.</summary>
    static IcmpMessages MessageOf(RejectWith with) => with switch
    {
        RejectWith.HostUnreachable => new(Unreachable4, 1, Unreachable6, 3),
        RejectWith.ProtocolUnreachable => new(Unreachable4, 2, Unreachable6, 4),
        RejectWith.PortUnreachable => new(Unreachable4, 3, Unreachable6, 4),
        RejectWith.NetworkProhibited => new(Unreachable4, 9, Unreachable6, 1),
        RejectWith.HostProhibited => new(Unreachable4, 10, Unreachable6, 1),
        RejectWith.AdminProhibited => new(Unreachable4, 13, Unreachable6, 1),
        RejectWith.AddressUnreachable => new(Unreachable4, 1, Unreachable6, 3),
        RejectWith.NotNeighbour => new(Unreachable4, 1, Unreachable6, 2),
        RejectWith.SourceRouting => new(Unreachable4, 5, Unreachable6, 7),
        RejectWith.HeadersTooLong => new(Unreachable4, 13, Unreachable6, 8),
        _ => new(Unreachable4, 0, Unreachable6, 0),
    };
}
