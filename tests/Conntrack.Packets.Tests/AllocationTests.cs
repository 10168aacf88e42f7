using Conntrack.Native;

namespace Conntrack.Packets.Tests;

public sealed unsafe class AllocationTests
{
    [Fact]
    public void Parsing_allocates_nothing()
    {
        using ParserHarness parser = new();
        foreach (byte[] frame in Samples.All.Values)
        {
            _ = parser.Parse(frame);
            Repeat(parser.Packet, parser.Hash);
            long before = GC.GetAllocatedBytesForCurrentThread();
            Repeat(parser.Packet, parser.Hash);
            Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
        }
    }

    static void Repeat(Packet* packet, FlowHash* hash)
    {
        Mbuf* mbuf = packet->Mbuf;
        for (int i = 0; i < 1000; i++)
        {
            packet->FrameLength = mbuf->PacketLength;
            _ = PacketParser.Parse(packet, ChecksumPolicy.Verify, hash);
        }
    }
}
