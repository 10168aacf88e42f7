using System.Runtime.CompilerServices;
using Conntrack.Dataplane.Reassembly;
using Conntrack.Packets;

namespace Conntrack.Dataplane.Stages;

/// <content>A reassembled datagram leaves as the fragments it came in.</content>
static unsafe partial class Transmit
{
    [MethodImpl(MethodImplOptions.NoInlining)]
    static void Fragments(Worker worker, Packet* packet)
    {
        FragmentTable table = worker.Fragments;
        table.Split(packet);
        worker.State->Generated += table.CountOf(packet->Datagram) - 1;
        uint fragment = table.FirstOf(packet->Datagram);
        if (worker.Feed != null)
        {
            for (; fragment != 0; fragment = table.NextOf(fragment))
            {
                ToOutbox(worker, packet, table.MbufOf(fragment));
            }

            return;
        }

        // Any number of them: the buffer is emptied whenever it is full, and at the end, so that the rest of the burst finds room.
        TransmitBuffer* buffer = worker.Outgoing + packet->OutPort;
        for (; fragment != 0; fragment = table.NextOf(fragment))
        {
            if (buffer->Count == Worker.MaxBurst)
            {
                Send(worker, packet->OutPort);
            }

            TransmitBuffer.Mbufs(buffer)[buffer->Count++] = table.MbufOf(fragment);
        }

        Send(worker, packet->OutPort);
    }
}
