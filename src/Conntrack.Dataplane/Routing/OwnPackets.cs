using System.Runtime.InteropServices;
using Conntrack.Native;
using Conntrack.Packets;

namespace Conntrack.Dataplane.Routing;

/// <summary>A packet that the router itself says, before it goes its way. 32 bytes.</summary>
[StructLayout(LayoutKind.Explicit, Size = 32)]
unsafe struct OwnPacket
{
    /// <summary>Ethernet header with its EtherType alone, then the IP packet.</summary>
    [FieldOffset(0)] public Mbuf* Mbuf;

    /// <summary>When the packet arrived that caused it.</summary>
    [FieldOffset(8)] public ulong Time;

    /// <summary>Number of that packet.</summary>
    [FieldOffset(16)] public uint Number;

    /// <summary>Where it leaves whatever the routes say, for addresses that mean something on one link only; else none.</summary>
    [FieldOffset(20)] public ushort OutInterface;

    /// <summary>Routing table that it goes by.</summary>
    [FieldOffset(22)] public ushort Table;

    /// <summary>Where it comes in: the router itself, or of a copy handed up the bridge it came over.</summary>
    [FieldOffset(24)] public ushort InInterface;

    [FieldOffset(26)] public ushort InPort;

    /// <summary>Of an error about a packet of a connection its record, and in the lowest bit the direction of what answers that packet; else 0.</summary>
    [FieldOffset(28)] public uint About;
}

/// <summary>
/// What the packets of a burst make the router say: answers to echo requests, ICMP errors, resets. They go their way as a burst of their own
/// right behind the packets that caused them, through output chains, tracking and routes; see <see cref="Stages.Originate"/>.
/// </summary>
/// <remarks><code>
///  0 count (4)   4 … 64 spare   64 packets (32 × 32)
/// 1088 of the packets that are on their way: tables (32 × 2)   1152 the connections they are about (32 × 4)
/// 1280
/// </code></remarks>
[StructLayout(LayoutKind.Explicit, Size = 64 + (Worker.MaxBurst * (32 + 2 + 4)))]
unsafe struct OwnPackets
{
    [FieldOffset(0)] public int Count;
    [FieldOffset(64)] fixed byte _packets[Worker.MaxBurst * 32];
    [FieldOffset(64 + (Worker.MaxBurst * 32))] fixed ushort _tables[Worker.MaxBurst];
    [FieldOffset(64 + (Worker.MaxBurst * (32 + 2)))] fixed uint _abouts[Worker.MaxBurst];

    /// <summary>The routing table that a packet of the burst of own packets goes by.</summary>
    public static uint TableOf(Worker worker, Packet* packet)
    {
        long index = packet - worker.Packets - Worker.MaxBurst;
        return index < 0 ? 0u : worker.Own->_tables[index];
    }

    /// <summary>
    /// What an error about a packet is about. A packet half translated is neither what came nor what leaves: nobody would find its connection
    /// by what the error quotes.
    /// </summary>
    public static uint AboutOf(Packet* packet) =>
        packet->Connection == null || (packet->Marks & PacketMarks.IcmpError) != 0 ? 0 : (packet->Record << 1) | (1u - packet->Direction);

    /// <summary>
    /// Gives an error of the router's own the connection it is about, as nf_ct_attach does: also one that its first packet, which the error is
    /// about, did not open. False for any other packet.
    /// </summary>
    public static bool TryRelate(Worker worker, Packet* packet)
    {
        long index = packet - worker.Packets - Worker.MaxBurst;
        uint about = index < 0 ? 0 : worker.Own->_abouts[index];
        if (about == 0)
        {
            return false;
        }

        packet->Record = about >> 1;
        packet->Direction = (byte)(about & 1);
        packet->State = ConnectionStateOfPacket.Related;
        packet->Connection = packet->Family == PacketFamily.Ipv4
            ? worker.Connections4.ConnectionAt(packet->Record)
            : worker.Connections6.ConnectionAt(packet->Record);
        return true;
    }

    /// <summary>Takes the packets that wait, which makes room for what they cause in turn. Returns how many.</summary>
    public static int Take(Worker worker, OwnPacket* taken)
    {
        OwnPackets* own = worker.Own;
        int count = own->Count;
        own->Count = 0;
        for (int i = 0; i < count; i++)
        {
            taken[i] = *At(own, i);
            own->_tables[i] = taken[i].Table;
            own->_abouts[i] = taken[i].About;
        }

        return count;
    }

    static OwnPacket* At(OwnPackets* own, int index) => (OwnPacket*)own->_packets + index;

    /// <summary>Says a packet in answer to another. False when the burst has no room for it: nothing was taken.</summary>
    /// <param name="worker">The worker of the burst.</param>
    /// <param name="cause">What it answers.</param>
    /// <param name="mbuf">The frame, whose link layer holds nothing but the EtherType.</param>
    /// <param name="outInterface">Where it leaves whatever the routes say; none for where they lead.</param>
    /// <param name="table">Routing table that it goes by.</param>
    /// <param name="about">See <see cref="AboutOf"/>.</param>
    public static bool Say(Worker worker, Packet* cause, Mbuf* mbuf, ushort outInterface, ushort table, uint about = 0) => Add(worker, new OwnPacket
    {
        About = about,
        Mbuf = mbuf,
        Time = cause->Time,
        Number = cause->Number,
        OutInterface = outInterface,
        Table = table,
        InInterface = worker.Routes->HostInterface,
        InPort = Packet.NoInterface,
    });

    /// <summary>A copy of what passes a bridge comes in on it, for the router itself. False when there is no room for it.</summary>
    public static bool HandUp(Worker worker, Packet* packet, Mbuf* copy) => Add(worker, new OwnPacket
    {
        Mbuf = copy,
        Time = packet->Time,
        Number = packet->Number,
        OutInterface = Packet.NoInterface,
        InInterface = packet->InInterface,
        InPort = packet->InPort,
    });

    static bool Add(Worker worker, in OwnPacket packet)
    {
        OwnPackets* own = worker.Own;
        if (own->Count == Worker.MaxBurst)
        {
            return false;
        }

        *At(own, own->Count++) = packet;
        worker.State->Generated++;
        return true;
    }
}
