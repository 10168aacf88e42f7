using System.Buffers.Binary;
using System.Runtime.InteropServices;
using BenchmarkDotNet.Attributes;
using Conntrack.Native;
using Conntrack.Packets;

namespace Conntrack.Microbench;

/// <summary>From the frame to tuple and hash, one packet of a burst; checksums verified by the NIC, or here.</summary>
public unsafe class ParseBenchmarks
{
    const int Count = 32;
    const int FrameRoom = 128;

    readonly Mbuf* _mbufs = (Mbuf*)NativeMemory.AlignedAlloc(Count * Mbuf.Bytes, 64);
    readonly byte* _frames = (byte*)NativeMemory.AlignedAlloc(Count * FrameRoom, 64);
    readonly Packet* _packets = (Packet*)NativeMemory.AlignedAlloc((nuint)(Count * sizeof(Packet)), 64);
    readonly FlowHash* _hash = Traffic.Keyed();

    [Params(4, 6)]
    public int Family { get; set; }

    [Params("udp", "tcp")]
    public string Protocol { get; set; } = "udp";

    [Params("nic", "here")]
    public string Checksums { get; set; } = "nic";

    [GlobalSetup]
    public void Setup()
    {
        NativeMemory.Clear(_mbufs, Count * Mbuf.Bytes);
        NativeMemory.Clear(_frames, Count * FrameRoom);
        NativeMemory.Clear(_packets, (nuint)(Count * sizeof(Packet)));
        for (int n = 0; n < Count; n++)
        {
            byte* frame = _frames + (n * FrameRoom);
            uint length = Frame(frame, n);
            Mbuf* mbuf = _mbufs + n;
            mbuf->BufferAddress = frame;
            mbuf->DataLength = (ushort)length;
            mbuf->PacketLength = length;
            mbuf->SegmentCount = 1;
            mbuf->OffloadFlags = Checksums == "nic" ? ReceiveOffload.IpChecksumGood | ReceiveOffload.TransportChecksumGood : 0;
            _packets[n].Mbuf = mbuf;
            _packets[n].FrameLength = length;
            DropReason reason = PacketParser.Parse(_packets + n, ChecksumPolicy.Verify, _hash);
            if (reason != DropReason.None || _packets[n].Marks != PacketMarks.None)
            {
                throw new InvalidOperationException($"the frame does not parse: {reason} {_packets[n].Marks}");
            }
        }
    }

    [Benchmark(OperationsPerInvoke = Count)]
    public int Parse()
    {
        int bad = 0;
        for (int n = 0; n < Count; n++)
        {
            bad += (int)PacketParser.Parse(_packets + n, ChecksumPolicy.Verify, _hash);
        }

        return bad;
    }

    /// <summary>Ethernet, IP without options, a transport header and ten bytes of payload, with right checksums.</summary>
    uint Frame(byte* frame, int number)
    {
        bool tcp = Protocol == "tcp";
        uint ipHeader = Family == 4 ? 20u : 40u;
        uint transport = (tcp ? 20u : 8u) + 10;
        var bytes = new Span<byte>(frame, (int)(14 + ipHeader + transport));
        BinaryPrimitives.WriteUInt16BigEndian(bytes[12..], Family == 4 ? (ushort)0x0800 : (ushort)0x86dd);
        Span<byte> ip = bytes[14..];
        byte protocol = tcp ? (byte)6 : (byte)17;
        Span<byte> pseudo = stackalloc byte[40];
        pseudo.Clear();
        if (Family == 4)
        {
            ip[0] = 0x45;
            BinaryPrimitives.WriteUInt16BigEndian(ip[2..], (ushort)(ipHeader + transport));
            ip[8] = 64;
            ip[9] = protocol;
            BinaryPrimitives.WriteUInt32BigEndian(ip[12..], 0x0a000001u + (uint)number);
            BinaryPrimitives.WriteUInt32BigEndian(ip[16..], 0xc0000201u);
            BinaryPrimitives.WriteUInt16BigEndian(ip[10..], Complement(ip[..20]));
            ip.Slice(12, 8).CopyTo(pseudo);
        }
        else
        {
            ip[0] = 0x60;
            BinaryPrimitives.WriteUInt16BigEndian(ip[4..], (ushort)transport);
            ip[6] = protocol;
            ip[7] = 64;
            BinaryPrimitives.WriteUInt32BigEndian(ip[8..], 0x20010db8u);
            ip[23] = (byte)number;
            BinaryPrimitives.WriteUInt32BigEndian(ip[24..], 0x20010db8u);
            ip[39] = 0x80;
            ip.Slice(8, 32).CopyTo(pseudo);
        }

        BinaryPrimitives.WriteUInt16BigEndian(pseudo[34..], (ushort)transport);
        pseudo[39] = protocol;
        Span<byte> segment = ip[(int)ipHeader..];
        BinaryPrimitives.WriteUInt16BigEndian(segment, (ushort)(1024 + number));
        BinaryPrimitives.WriteUInt16BigEndian(segment[2..], 443);
        if (tcp)
        {
            segment[12] = 0x50;
            segment[13] = TcpFlags.Acknowledgement;
        }
        else
        {
            BinaryPrimitives.WriteUInt16BigEndian(segment[4..], (ushort)transport);
        }

        BinaryPrimitives.WriteUInt16BigEndian(segment[(tcp ? 16 : 6)..], Complement([.. pseudo, .. segment]));
        return (uint)bytes.Length;
    }

    /// <summary>RFC 1071, written apart from the code that is measured.</summary>
    static ushort Complement(ReadOnlySpan<byte> bytes)
    {
        uint sum = 0;
        for (int n = 0; n < bytes.Length; n += 2)
        {
            sum += BinaryPrimitives.ReadUInt16BigEndian(bytes[n..]);
        }

        while (sum > ushort.MaxValue)
        {
            sum = (sum & ushort.MaxValue) + (sum >> 16);
        }

        return (ushort)~sum;
    }
}
