namespace Conntrack.Native.Tests;

[Collection(Dpdk.Collection)]
public sealed unsafe class CaptureTests(Dpdk dpdk)
{
    const int Burst = 32;
    const long Second = 1_000_000_000;

    /// <summary>Reads a whole capture in bursts of n, and gives every mbuf back.</summary>
    static List<(CaptureMeta Meta, byte[] Frame, int Segments)> ReadAll(CaptureReader reader, MbufPool pool, uint n = Burst)
    {
        List<(CaptureMeta, byte[], int)> all = [];
        Mbuf** frames = stackalloc Mbuf*[(int)n];
        CaptureMeta* meta = stackalloc CaptureMeta[(int)n];
        for (int count; (count = reader.Read(pool.Mempool, frames, meta, n)) > 0;)
        {
            for (int i = 0; i < count; i++)
                all.Add((meta[i], Frames.Read(frames[i]), frames[i]->SegmentCount));
            Mbufs.FreeBulk(frames, (uint)count);
        }

        return all;
    }

    [Fact]
    public void Nanoseconds_and_jumbo_frames_survive_a_round_trip()
    {
        using MbufPool pool = Dpdk.Pool();
        string path = dpdk.PathOf("round-trip.pcap");
        byte[][] bytes = [Frames.Bytes(60), Frames.Bytes(9014, 1), Frames.Bytes(65549, 2)];
        long[] times = [1_700_000_000 * Second + 123_456_789, 1_700_000_000 * Second + 123_456_790, 4_000_000_000 * Second];
        Mbuf** frames = stackalloc Mbuf*[3];
        for (int i = 0; i < 3; i++)
            frames[i] = Frames.Chain(pool, [.. bytes[i].Chunk(2048)]);
        using (var writer = new CaptureWriter(path))
        {
            fixed (long* t = times)
                writer.Write(frames, t, 3);
            writer.Finish();
        }

        Mbufs.FreeBulk(frames, 3);
        Assert.Equal(511u, pool.Available);
        byte[] expected = CaptureFiles.Nanoseconds(
            new CapturedFrame(1_700_000_000, 123_456_789, bytes[0]),
            new CapturedFrame(1_700_000_000, 123_456_790, bytes[1]),
            new CapturedFrame(4_000_000_000, 0, bytes[2]));
        Assert.Equal(expected, File.ReadAllBytes(path));

        using var reader = new CaptureReader(path);
        var all = ReadAll(reader, pool, 2);
        Assert.Equal(bytes, all.Select(frame => frame.Frame));
        Assert.Equal(times, all.Select(frame => frame.Meta.TimeNs));
        Assert.Equal([1, 5, 33], all.Select(frame => frame.Segments));
        Assert.Equal(3, reader.FramesRead);
        Assert.Equal(511u, pool.Available);
    }

    [Fact]
    public void Every_kind_of_capture_gives_nanoseconds_since_1970()
    {
        using MbufPool pool = Dpdk.Pool();
        byte[] frame = Frames.Bytes(61);
        string micro = dpdk.PathOf("micro.pcap"), nano = dpdk.PathOf("nano.pcap"), next = dpdk.PathOf("next.pcapng");
        CaptureFiles.WriteMicroseconds(micro, new CapturedFrame(1_600_000_000, 999_999, frame));
        CaptureFiles.WriteNanoseconds(nano, new CapturedFrame(1_600_000_000, 999_999_999, frame));
        CaptureFiles.WritePcapng(next, (1_600_000_000 * Second + 7, frame));
        foreach ((string path, long time) in new[] { (micro, 999_999_000L), (nano, 999_999_999L), (next, 7L) })
        {
            using var reader = new CaptureReader(path);
            var only = Assert.Single(ReadAll(reader, pool));
            Assert.Equal(1_600_000_000 * Second + time, only.Meta.TimeNs);
            Assert.Equal(frame, only.Frame);
        }
    }

    [Fact]
    public void A_frame_captured_in_part_tells_both_lengths()
    {
        using MbufPool pool = Dpdk.Pool();
        string path = dpdk.PathOf("snapped.pcap");
        byte[] file = CaptureFiles.Nanoseconds(new CapturedFrame(1, 0, Frames.Bytes(60)));
        file[24 + 12] = 200;
        File.WriteAllBytes(path, file);
        using var reader = new CaptureReader(path);
        CaptureMeta meta = Assert.Single(ReadAll(reader, pool)).Meta;
        Assert.Equal(60u, meta.CapturedLength);
        Assert.Equal(200u, meta.WireLength);
    }

    [Fact]
    public void An_empty_capture_exists_and_reads_as_empty()
    {
        using MbufPool pool = Dpdk.Pool();
        string path = dpdk.PathOf("empty.pcap");
        new CaptureWriter(path).Finish();
        Assert.Equal(CaptureFiles.Nanoseconds(), File.ReadAllBytes(path));
        using var reader = new CaptureReader(path);
        Assert.Empty(ReadAll(reader, pool));
        Assert.Empty(ReadAll(reader, pool));
    }

    [Fact]
    public void Another_link_type_is_refused_by_name()
    {
        string path = dpdk.PathOf("raw.pcap");
        CaptureFiles.WriteLinkType(path, 101);
        NativeException exception = Assert.Throws<NativeException>(() => new CaptureReader(path));
        Assert.Equal(-Errno.NotSupported, exception.Status);
        Assert.Equal($"{path}: link type 12 (RAW, Raw IP), only Ethernet is read", exception.Message);
    }

    [Fact]
    public void Frames_before_the_damage_are_delivered_first_and_the_damage_is_told_with_its_number()
    {
        using MbufPool pool = Dpdk.Pool();
        string path = dpdk.PathOf("truncated.pcap");
        byte[] file = CaptureFiles.Nanoseconds(
            new CapturedFrame(1, 0, Frames.Bytes(60)),
            new CapturedFrame(2, 0, Frames.Bytes(61)),
            new CapturedFrame(3, 0, Frames.Bytes(62)));
        File.WriteAllBytes(path, file[..^10]);
        using var reader = new CaptureReader(path);
        Mbuf** frames = stackalloc Mbuf*[Burst];
        CaptureMeta* meta = stackalloc CaptureMeta[Burst];
        Assert.Equal(2, reader.Read(pool.Mempool, frames, meta, Burst));
        Mbufs.FreeBulk(frames, 2);
        for (int attempt = 0; attempt < 2; attempt++)
        {
            NativeException exception = Assert.Throws<NativeException>(() => ReadAll(reader, pool));
            Assert.Equal(-Errno.BadMessage, exception.Status);
            Assert.StartsWith($"{path}: packet 3: truncated dump file", exception.Message, StringComparison.Ordinal);
        }

        Assert.Equal(511u, pool.Available);
    }

    [Fact]
    public void What_is_no_capture_is_told_in_libpcaps_words()
    {
        string text = dpdk.PathOf("text.pcap"), empty = dpdk.PathOf("nothing.pcap");
        File.WriteAllText(text, "this is no capture, only a text of some length");
        File.WriteAllText(empty, "");
        Assert.Equal(-Errno.BadMessage, Assert.Throws<NativeException>(() => new CaptureReader(text)).Status);
        Assert.Contains("truncated", Assert.Throws<NativeException>(() => new CaptureReader(empty)).Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void A_missing_file_is_told_by_the_file_system()
    {
        NativeException exception = Assert.Throws<NativeException>(() => new CaptureReader(dpdk.PathOf("missing.pcap")));
        Assert.Equal(-Errno.NoEntry, exception.Status);
        Assert.Equal($"{dpdk.PathOf("missing.pcap")}: No such file or directory", exception.Message);
        Assert.Equal(-Errno.NoEntry, Assert.Throws<NativeException>(() => new CaptureWriter(dpdk.PathOf("missing/out.pcap"))).Status);
    }

    [Fact]
    public void An_empty_pool_loses_no_frame()
    {
        using MbufPool pool = Dpdk.Pool(3, 256);
        string path = dpdk.PathOf("scarce.pcap");
        CaptureFiles.WriteNanoseconds(path,
            new CapturedFrame(1, 0, Frames.Bytes(100)),
            new CapturedFrame(2, 0, Frames.Bytes(300)),
            new CapturedFrame(3, 0, Frames.Bytes(100, 3)));
        using var reader = new CaptureReader(path);
        Mbuf** frames = stackalloc Mbuf*[Burst];
        CaptureMeta* meta = stackalloc CaptureMeta[Burst];
        Assert.Equal(1, Captures.Read(reader.Handle, pool.Mempool, frames, meta, Burst));
        Assert.Equal(-Errno.NoMemory, Captures.Read(reader.Handle, pool.Mempool, frames + 1, meta, Burst));
        Mbufs.FreeBulk(frames, 1);
        Assert.Equal(1, Captures.Read(reader.Handle, pool.Mempool, frames, meta, Burst));
        Assert.Equal(Frames.Bytes(300), Frames.Read(frames[0]));
        Mbufs.FreeBulk(frames, 1);
        Assert.Equal(1, Captures.Read(reader.Handle, pool.Mempool, frames, meta, Burst));
        Assert.Equal(3 * Second, meta->TimeNs);
        Mbufs.FreeBulk(frames, 1);
        Assert.Equal(3u, pool.Available);
    }

    [Fact]
    public void A_full_disk_is_told_at_the_latest_when_finishing()
    {
        using MbufPool pool = Dpdk.Pool();
        var writer = new CaptureWriter("/dev/full");
        NativeException exception = Assert.Throws<NativeException>(writer.Finish);
        Assert.Equal(-Errno.NoSpace, exception.Status);
        Assert.Equal("/dev/full: No space left on device", exception.Message);

        using var second = new CaptureWriter("/dev/full");
        Mbuf* frame = Frames.Chain(pool, [.. Frames.Bytes(60_000).Chunk(2000)]);
        long time = 0;
        int status = 0;
        for (int i = 0; i < 3 && status == 0; i++)
            status = Captures.Write(second.Handle, &frame, &time, 1);
        Assert.Equal(-Errno.NoSpace, status);
        Mbufs.FreeBulk(&frame, 1);
    }

    [Theory]
    [InlineData(-1)]
    [InlineData((1L << 32) * Second)]
    public void A_time_the_format_cannot_hold_is_refused(long time)
    {
        using MbufPool pool = Dpdk.Pool();
        using var writer = new CaptureWriter(dpdk.PathOf("range.pcap"));
        Mbuf* frame = Frames.Chain(pool, Frames.Bytes(60));
        Assert.Equal(-Errno.Range, Captures.Write(writer.Handle, &frame, &time, 1));
        Mbufs.FreeBulk(&frame, 1);
    }
}
