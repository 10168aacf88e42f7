namespace Conntrack.Native.Tests;

[Collection(Dpdk.Collection)]
public sealed unsafe class PortTests(Dpdk dpdk)
{
    const int Burst = 32;

    [Fact]
    public void A_null_port_receives_from_the_pool_and_gives_everything_back()
    {
        using MbufPool pool = Dpdk.Pool(2047);
        EthernetPort port = EthernetPort.Attach("net_null0,size=64");
        byte[] mac = [0x02, 0, 0, 0, 0, 7];
        port.SetMac(mac);
        Assert.Equal(mac, port.Info.Mac.GetAddressBytes());
        PortConfiguration taken = port.Configure(
            new PortConfiguration { RxQueues = 2, TxQueues = 1, Features = (PortFeatures)uint.MaxValue }, pool);
        Assert.Equal(port.Info.Features, taken.Features);
        Assert.Equal(1500, taken.Mtu);
        Assert.NotEqual(0, taken.RxRing);
        port.Start();
        Mbuf** frames = stackalloc Mbuf*[Burst];
        for (ushort queue = 0; queue < 2; queue++)
        {
            Assert.Equal(Burst, Ports.RxBurst(port.Id, queue, frames, Burst));
            Assert.Equal(64u, frames[0]->PacketLength);
            Assert.Equal(port.Id, frames[0]->Port);
            Assert.Equal(Burst, Ports.TxBurst(port.Id, 0, frames, Burst));
        }

        Assert.Equal(2ul * Burst, port.Statistics.RxFrames);
        Assert.Equal(2ul * Burst, port.Statistics.TxFrames);
        port.Stop();
        port.Detach();
        Assert.Equal(2047u, pool.Available);
    }

    [Fact]
    public void A_ring_port_returns_frames_in_order()
    {
        using MbufPool pool = Dpdk.Pool();
        EthernetPort port = EthernetPort.Attach("net_ring0");
        port.Configure(new PortConfiguration { RxQueues = 1, TxQueues = 1 }, pool);
        port.Start();
        Mbuf** sent = stackalloc Mbuf*[Burst], received = stackalloc Mbuf*[Burst];
        for (int i = 0; i < Burst; i++)
            sent[i] = Frames.Chain(pool, Frames.Bytes(60 + i, i));
        Assert.Equal(Burst, Ports.TxBurst(port.Id, 0, sent, Burst));
        Assert.Equal(Burst, Ports.RxBurst(port.Id, 0, received, Burst));
        for (int i = 0; i < Burst; i++)
            Assert.Equal(Frames.Bytes(60 + i, i), Frames.Read(received[i]));
        Mbufs.FreeBulk(received, Burst);

        port.SetPromiscuous(true);
        PortInfo info = port.Info;
        Assert.Equal("net_ring0", info.Device);
        Assert.Equal("net_ring", info.Driver);
        Assert.True(info.LinkUp);
        Assert.Equal(port.Id, EthernetPort.Find("net_ring0").Id);
        port.Detach();
        Assert.Throws<NativeException>(() => EthernetPort.Find("net_ring0"));
        Assert.Equal(511u, pool.Available);
    }

    [Fact]
    public void A_pcap_port_reads_one_capture_and_writes_another()
    {
        using MbufPool pool = Dpdk.Pool();
        string input = dpdk.PathOf("port-in.pcap"), output = dpdk.PathOf("port-out.pcap");
        byte[] frame = Frames.Bytes(200);
        CaptureFiles.WriteMicroseconds(input, new CapturedFrame(1_700_000_000, 5, frame), new CapturedFrame(1_700_000_001, 6, frame));
        EthernetPort port = EthernetPort.Attach($"net_pcap0,rx_pcap={input},tx_pcap={output}");
        port.Configure(new PortConfiguration { RxQueues = 1, TxQueues = 1 }, pool);
        port.Start();
        Mbuf** frames = stackalloc Mbuf*[Burst];
        Assert.Equal(2, Ports.RxBurst(port.Id, 0, frames, Burst));
        Assert.Equal(frame, Frames.Read(frames[1]));
        Assert.Equal(2, Ports.TxPrepare(port.Id, 0, frames, 2));
        Assert.Equal(2, Ports.TxBurst(port.Id, 0, frames, 2));
        Assert.Equal(400ul, port.Statistics.TxBytes);
        port.Detach();
        Assert.Equal(511u, pool.Available);

        using var reader = new CaptureReader(output);
        CaptureMeta* meta = stackalloc CaptureMeta[Burst];
        Assert.Equal(2, reader.Read(pool.Mempool, frames, meta, Burst));
        Assert.Equal(frame, Frames.Read(frames[0]));
        Mbufs.FreeBulk(frames, 2);
    }

    [Theory]
    [InlineData("net_nonsense0", "net_nonsense0")]
    [InlineData("net_null7,no-such-key=1", "net_null7")]
    [InlineData("net_pcap7,rx_pcap=/nowhere/in.pcap", "/nowhere/in.pcap")]
    [InlineData("0000:7f:1f.7", "0000:7f:1f.7")]
    public void A_device_that_cannot_be_attached_is_told_with_DPDKs_reason(string device, string named)
    {
        NativeException exception = Assert.Throws<NativeException>(() => EthernetPort.Attach(device));
        Assert.True(exception.Status < 0);
        Assert.StartsWith(device + ": ", exception.Message, StringComparison.Ordinal);
        Assert.Contains(named, exception.Reason, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', exception.Reason);
    }

    [Fact]
    public void A_device_is_attached_only_once()
    {
        EthernetPort port = EthernetPort.Attach("net_null1");
        NativeException exception = Assert.Throws<NativeException>(() => EthernetPort.Attach("net_null1"));
        Assert.Equal(-Errno.Exists, exception.Status);
        Assert.Equal(port.Id, EthernetPort.Find("net_null1").Id);
        port.Detach();
        EthernetPort.Attach("net_null1").Detach();
    }

    [Fact]
    public void More_queues_than_the_device_has_are_refused()
    {
        using MbufPool pool = Dpdk.Pool();
        EthernetPort port = EthernetPort.Attach("net_null2");
        ushort tooMany = (ushort)(port.Info.MaxRxQueues + 1);
        NativeException exception = Assert.Throws<NativeException>(() =>
            port.Configure(new PortConfiguration { RxQueues = tooMany, TxQueues = 1 }, pool));
        Assert.Equal(-Errno.Invalid, exception.Status);
        Assert.Contains("queues", exception.Reason, StringComparison.Ordinal);
        port.Detach();
    }

    [Fact]
    public void What_a_device_cannot_do_is_left_out_and_told()
    {
        using MbufPool pool = Dpdk.Pool();
        EthernetPort port = EthernetPort.Attach("net_ring1");
        Assert.False(port.Info.Features.HasFlag(PortFeatures.RxL4Checksum));
        PortConfiguration taken = port.Configure(
            new PortConfiguration { RxQueues = 1, TxQueues = 1, Mtu = 9000, Features = PortFeatures.RxL4Checksum | PortFeatures.TxChain },
            pool);
        Assert.Equal(PortFeatures.TxChain, taken.Features);
        Assert.Equal(9000, taken.Mtu);
        port.Detach();
    }

    [Fact]
    public void A_port_that_does_not_exist_is_refused()
    {
        PortStatistics statistics;
        Assert.Equal(-Errno.NoDevice, Ports.Statistics(31, &statistics));
        Assert.NotEmpty(Eal.LastErrorText());
    }
}
