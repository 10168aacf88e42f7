using Conntrack.Packets;

namespace Conntrack.Dataplane.Stages;

/// <summary>Headers, lengths and checksums of every packet; its tuple and its hash.</summary>
static unsafe class Parse
{
    public static void Burst(Worker worker, int count)
    {
        ChecksumPolicy policy = worker.Tracking->IgnoreChecksums != 0 ? ChecksumPolicy.Ignore : ChecksumPolicy.Verify;
        FlowHash* hash = worker.Hash;
        Packet* packet = worker.Packets;
        for (Packet* end = packet + count; packet < end; packet++)
        {
            if (packet->Reason == DropReason.None)
            {
                packet->Reason = PacketParser.Parse(packet, policy, hash);
            }
        }
    }
}
