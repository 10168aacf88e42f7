using System.Runtime.InteropServices;
using Conntrack.Native;

namespace Conntrack.Packets;

/// <summary>What the link layer carries, as Parse found it.</summary>
public enum PacketFamily : byte
{
    /// <summary>ARP, LLDP, STP, anything that is not IP: a wire passes it unchanged.</summary>
    NotIp = 0,
    Ipv4 = 4,
    Ipv6 = 6,
}

/// <summary>What Parse noticed about a packet; the stages after it only read these.</summary>
[Flags]
public enum PacketMarks : ushort
{
    None = 0,

    /// <summary>Any fragment, first ones included.</summary>
    Fragment = 1 << 0,

    /// <summary>
    /// A fragment with a non-zero offset: it has no transport header and no port. Also a first fragment that holds such a one: where it belongs
    /// is <see cref="FragmentPlace"/>'s to say.
    /// </summary>
    LaterFragment = 1 << 1,

    /// <summary>IPv4 options or IPv6 extension headers are present.</summary>
    Options = 1 << 2,

    /// <summary>
    /// The transport header is too short, not all of it in the first segment, or contradicts itself (TCP data offset and flags, UDP length),
    /// or the headers before it never come to one: connection-state invalid.
    /// </summary>
    TransportMalformed = 1 << 3,

    /// <summary>The transport checksum is wrong: connection-state invalid, never translated.</summary>
    TransportChecksumBad = 1 << 4,

    /// <summary>The ports of the tuple are an ICMP or ICMPv6 query's identifier, type and code.</summary>
    IcmpQuery = 1 << 5,

    /// <summary>An ICMP or ICMPv6 error that quotes another packet.</summary>
    IcmpError = 1 << 6,

    /// <summary>Neighbour, router or multicast router discovery, MLD: never tracked.</summary>
    NeighbourDiscovery = 1 << 7,

    /// <summary>The answer half of an ICMP query (echo reply …): it can belong to a connection but never opens one.</summary>
    IcmpReply = 1 << 8,

    /// <summary>A fasttrack-connection rule has matched it.</summary>
    FastTrack = 1 << 9,

    /// <summary>A notrack rule has matched it.</summary>
    NoTrack = 1 << 10,

    /// <summary>It is larger than what it leaves by takes, and is cut when it does.</summary>
    Oversize = 1 << 11,

    /// <summary>It passes the firewall on its way from one port of a bridge to another.</summary>
    Bridged = 1 << 12,

    /// <summary>It came to a bridge and is for many: the other ports get copies.</summary>
    Flooded = 1 << 13,

    /// <summary>
    /// It opens a connection of the router itself, as far as its addresses tell before it is translated. Asked only where the table is nearly full.
    /// </summary>
    Own = 1 << 14,

    /// <summary>
    /// While the nat table is asked where it really goes: no endpoint-independent mapping stands for its destination, so that rules which lead to
    /// one do not match it.
    /// </summary>
    Unmapped = 1 << 15,
}

/// <summary>connection-state of a packet, RouterOS's five words; <see cref="None"/> for what is not IP.</summary>
public enum ConnectionStateOfPacket : byte
{
    None = 0,
    New = 1,
    Established = 2,
    Related = 3,
    Invalid = 4,
    Untracked = 5,
}

/// <summary>Where a packet ends, in the words of the trace.</summary>
public enum Verdict : byte
{
    None = 0,
    Forward = 1,
    Local = 2,
    Drop = 3,
    Reject = 4,
    Tarpit = 5,
    Consume = 6,
}

/// <summary>
/// One packet of a burst: everything the stages say to each other about it. Lives in the worker's burst, two cache lines, never on a heap.
/// </summary>
/// <remarks><code>
///   0  mbuf          8  ip            16 transport     24 bucket         line 0: Receive, Parse, lookup
///  32  tuple (12)   44  hash (4)      48 time (8)      56 number (4)  60 in (2)  62 out (2)
///  64  connection   72  record (4)    76 ip length     80 transport length  84 frame length     line 1: Track and after
///  88  marks (2)    90  family  91 protocol  92 tcp flags  93 direction  94 state  95 verdict
///  96  reason 97 path 98 link length (2) 100 candidate (4) 104 rule (4) 112 flow (8), later packet mark (2), routing mark (2), priority (1), hardware offload (1), route table (2) 120 datagram (4) 124 … 128 spare
/// </code></remarks>
[StructLayout(LayoutKind.Explicit, Size = 128)]
public unsafe struct Packet
{
    /// <summary>The buffer that holds the frame; null once the packet has left the burst.</summary>
    [FieldOffset(0)] public Mbuf* Mbuf;

    /// <summary>First byte of the IP header, in the first segment.</summary>
    [FieldOffset(8)] public byte* Ip;

    /// <summary>First byte of the transport header; null for later fragments and when nothing follows.</summary>
    [FieldOffset(16)] public byte* Transport;

    /// <summary>The index bucket of <see cref="Hash"/>, computed by Track's first pass. An address, not dereferenced outside it.</summary>
    [FieldOffset(24)] public void* Bucket;

    /// <summary>
    /// IPv4: the packet's own tuple. IPv6: only the ports (at offset 40), addresses zero; the real ones are read at <see cref="Ip"/> + 8.
    /// </summary>
    [FieldOffset(32)] public Tuple4 Tuple;

    /// <summary>The ports of the tuple, both families.</summary>
    [FieldOffset(40)] public PortPair Ports;

    /// <summary>Keyed hash of the direction-free key; both directions of an untranslated connection have the same one.</summary>
    [FieldOffset(44)] public uint Hash;

    /// <summary>When the packet arrived: <see cref="Conntrack.Memory.Timestamp"/>.</summary>
    [FieldOffset(48)] public ulong Time;

    /// <summary>Number of the frame in everything this dataplane received; creation order and trace go by it.</summary>
    [FieldOffset(56)] public uint Number;

    /// <summary>Interface it came in on, by number: a port, or a VLAN or bridge that the port belongs to.</summary>
    [FieldOffset(60)] public ushort InInterface;

    /// <summary><see cref="InInterface"/> in the lower half, <see cref="OutInterface"/> in the upper one.</summary>
    [FieldOffset(60)] public uint Interfaces;

    /// <summary>Interface it leaves by; <see cref="NoInterface"/> when it does not leave.</summary>
    [FieldOffset(62)] public ushort OutInterface;

    /// <summary>The connection it belongs to, null when there is none; points at the family-independent part of the record.</summary>
    [FieldOffset(64)] public void* Connection;

    /// <summary>Record number of <see cref="Connection"/> in the table of the packet's family.</summary>
    [FieldOffset(72)] public uint Record;

    /// <summary>Bytes from the first byte of the IP header to the end of the IP packet (link padding excluded).</summary>
    [FieldOffset(76)] public uint IpLength;

    /// <summary>
    /// Bytes from the first byte of the transport header to the end of the IP packet; of a later fragment, those after its last IP header.
    /// </summary>
    [FieldOffset(80)] public uint TransportLength;

    /// <summary><see cref="IpLength"/> and <see cref="TransportLength"/> as one word.</summary>
    [FieldOffset(76)] internal ulong Lengths;

    /// <summary>Bytes of the whole frame in the buffer.</summary>
    [FieldOffset(84)] public uint FrameLength;

    [FieldOffset(88)] public PacketMarks Marks;
    [FieldOffset(90)] public PacketFamily Family;

    /// <summary><see cref="Marks"/>, <see cref="Family"/> and <see cref="Protocol"/> as one word.</summary>
    [FieldOffset(88)] internal uint Kind;

    /// <summary>IANA protocol number after all extension headers.</summary>
    [FieldOffset(91)] public byte Protocol;

    /// <summary>TCP flags byte as in the header (FIN 1, SYN 2, RST 4, PSH 8, ACK 16, URG 32, ECE 64, CWR 128).</summary>
    [FieldOffset(92)] public byte TcpFlags;

    /// <summary>0 original, 1 reply; meaningful with a connection.</summary>
    [FieldOffset(93)] public byte Direction;

    [FieldOffset(94)] public ConnectionStateOfPacket State;
    [FieldOffset(95)] public Verdict Verdict;

    /// <summary><see cref="State"/> and <see cref="Verdict"/> at once, for <see cref="EstablishedAndForward"/>.</summary>
    [FieldOffset(94)] public ushort StateAndVerdict;

    /// <summary>Why it was dropped; <see cref="DropReason.None"/> while it is alive.</summary>
    [FieldOffset(96)] public DropReason Reason;

    /// <summary>
    /// <see cref="Reason"/> and <see cref="Path"/> at once: 0 while the packet is alive and on the slow path, which is what nearly every stage asks.
    /// </summary>
    [FieldOffset(96)] public ushort ReasonAndPath;

    /// <summary>0 slow path, 1 FastTrack, <see cref="HeldPath"/> for a fragment that waits for the rest of its datagram.</summary>
    [FieldOffset(97)] public byte Path;

    /// <summary>Bytes in front of the IP header: Ethernet and VLAN tags.</summary>
    [FieldOffset(98)] public ushort LinkLength;

    /// <summary>Record number whose tag matched in the index, 0 for none; verified against the full tuple before use.</summary>
    [FieldOffset(100)] public uint Candidate;

    /// <summary>When it may be forwarded from the flow cache: first the bucket its hash leads to there, then its line. Null otherwise.</summary>
    [FieldOffset(112)] public byte* Flow;

    /// <summary>packet-mark, 0 for none. This and the four after it lie where <see cref="Flow"/> was: FastTrack clears it for what it leaves.</summary>
    [FieldOffset(112)] public ushort PacketMark;

    /// <summary>routing-mark: the number of a routing table, 0 for none.</summary>
    [FieldOffset(114)] public ushort RoutingMark;

    /// <summary>The priority that a rule set, and one; 0 where none did.</summary>
    [FieldOffset(116)] public byte Priority;

    /// <summary>1: the fasttrack-connection rule that matched it lets hardware forward its connection.</summary>
    [FieldOffset(117)] public byte HardwareOffload;

    /// <summary>The table that its route was found in, and one; 0 before, and for what needs no route.</summary>
    [FieldOffset(118)] public ushort RouteTable;

    /// <summary>The reassembled datagram that <see cref="Mbuf"/> is a chain of, in the worker's fragment table; 0 for any other packet.</summary>
    [FieldOffset(120)] public uint Datagram;

    /// <summary>Chain and number of the rule that decided, <see cref="NoRule"/> where none did.</summary>
    [FieldOffset(104)] public uint Rule;

    /// <summary>The port it came in by.</summary>
    [FieldOffset(108)] public ushort InPort;

    /// <summary>The port it leaves by, which <see cref="OutInterface"/> is on; <see cref="NoInterface"/> when it does not leave.</summary>
    [FieldOffset(110)] public ushort OutPort;

    /// <summary>
    /// Number of the next hop that its route leads to, <see cref="OnLink"/> for its own destination on the out-interface; 0 when nobody asked
    /// for a route.
    /// </summary>
    [FieldOffset(124)] public ushort NextHop;

    /// <summary>Slot of the neighbour it is sent to; 0 while that is not known, and where the link layer stays as it is.</summary>
    [FieldOffset(126)] public ushort Neighbour;

    /// <summary>What most packets are when they come to the filter.</summary>
    public const ushort EstablishedAndForward = (byte)ConnectionStateOfPacket.Established | ((byte)Verdict.Forward << 8);

    /// <summary>Stands for "no rule decided".</summary>
    public const uint NoRule = uint.MaxValue;

    /// <summary>A <see cref="Path"/> that ends in the fragment table: whatever comes after Reassemble passes the packet over.</summary>
    public const byte HeldPath = 2;

    /// <summary>A <see cref="Path"/> from port to port of a bridge, past tracking and rules.</summary>
    public const byte BridgedPath = 3;

    /// <summary>A <see cref="Path"/> out of the burst, into another worker's ring or sent already: it is not among the others any more when the stage is over.</summary>
    public const byte GonePath = 4;

    /// <summary>A <see cref="Path"/> until Reassemble: a datagram in pieces that another worker has handed over.</summary>
    public const byte AdoptedPath = 5;

    /// <summary>An <see cref="OutPort"/> that stands for every port of the bridge but the one it came by.</summary>
    public const ushort EveryPort = ushort.MaxValue - 1;

    /// <summary>A <see cref="NextHop"/> that no table names: the destination is a neighbour.</summary>
    public const ushort OnLink = ushort.MaxValue;

    /// <summary>Interface number that stands for "none".</summary>
    public const ushort NoInterface = ushort.MaxValue;
}
