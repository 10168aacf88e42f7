namespace Conntrack.Native.Tests;

[Collection(Dpdk.Collection)]
public sealed unsafe class MbufTests
{
    static readonly (uint Offset, uint Length)[] s_ranges = [(0, 4001), (0, 1), (14, 3987), (1, 4000), (1999, 2), (2001, 1000), (4001, 0)];

    [Fact]
    public void A_fresh_mbuf_is_empty_with_headroom()
    {
        using MbufPool pool = Dpdk.Pool();
        Mbuf* m;
        Assert.Equal(0, Mbufs.AllocateBulk(pool.Mempool, &m, 1));
        Assert.Equal(Mbuf.Headroom, m->FreeBefore);
        Assert.Equal(2048, m->FreeBehind);
        Assert.Equal(1, m->SegmentCount);
        Assert.Equal(1, m->ReferenceCount);
        Assert.Equal(0u, m->PacketLength);
        Assert.True(m->Pool == pool.Mempool);
        Assert.True(m->Next is null);
        Mbufs.FreeBulk(&m, 1);
    }

    [Fact]
    public void Bulk_allocation_is_all_or_nothing()
    {
        using MbufPool pool = Dpdk.Pool(63);
        Mbuf** mbufs = stackalloc Mbuf*[64];
        Assert.Equal(-Errno.NoMemory, Mbufs.AllocateBulk(pool.Mempool, mbufs, 64));
        Assert.Equal(63u, pool.Available);
        Assert.Equal(0, Mbufs.AllocateBulk(pool.Mempool, mbufs, 63));
        Assert.Equal(0u, pool.Available);
        mbufs[63] = null;
        Mbufs.FreeBulk(mbufs, 64);
        Assert.Equal(63u, pool.Available);
    }

    [Fact]
    public void Clones_share_the_data_and_outlive_their_original()
    {
        using MbufPool pool = Dpdk.Pool();
        byte[] first = Frames.Bytes(1000), second = Frames.Bytes(500, 1);
        Mbuf* frame = Frames.Chain(pool, first, second);
        Mbuf* clone;
        Assert.Equal(0, Mbufs.CloneBulk(pool.Mempool, &frame, &clone, 1));
        Assert.True(clone->Data == frame->Data);
        Assert.NotEqual(0ul, clone->OffloadFlags & MbufOffloads.Indirect);
        Assert.Equal(511u - 4, pool.Available);
        Mbufs.FreeBulk(&frame, 1);
        Assert.Equal([.. first, .. second], Frames.Read(clone));
        Mbufs.FreeBulk(&clone, 1);
        Assert.Equal(511u, pool.Available);
    }

    [Fact]
    public void Clones_that_do_not_all_fit_leave_nothing_behind()
    {
        using MbufPool pool = Dpdk.Pool(15);
        Mbuf** frames = stackalloc Mbuf*[8], clones = stackalloc Mbuf*[8];
        Assert.Equal(0, Mbufs.AllocateBulk(pool.Mempool, frames, 8));
        Assert.Equal(-Errno.NoMemory, Mbufs.CloneBulk(pool.Mempool, frames, clones, 8));
        Assert.Equal(-Errno.NoMemory, Mbufs.CopyBulk(pool.Mempool, frames, clones, 8));
        Assert.Equal(7u, pool.Available);
        Mbufs.FreeBulk(frames, 8);
        Assert.Equal(15u, pool.Available);
    }

    [Fact]
    public void Copies_own_their_data()
    {
        using MbufPool pool = Dpdk.Pool();
        Mbuf* frame = Frames.Chain(pool, Frames.Bytes(100), Frames.Bytes(100, 1));
        byte[] before = Frames.Read(frame);
        Mbuf* copy;
        Assert.Equal(0, Mbufs.CopyBulk(pool.Mempool, &frame, &copy, 1));
        *frame->Data ^= 0xff;
        Assert.Equal(before, Frames.Read(copy));
        Assert.Equal(1, copy->SegmentCount);
        Mbufs.FreeBulk(&frame, 1);
        Mbufs.FreeBulk(&copy, 1);
        Assert.Equal(511u, pool.Available);
    }

    [Fact]
    public void A_chain_is_linearized_when_its_first_segment_has_room()
    {
        using MbufPool pool = Dpdk.Pool();
        Mbuf* frame = Frames.Chain(pool, Frames.Bytes(1000), Frames.Bytes(1000, 1));
        byte[] before = Frames.Read(frame);
        Assert.Equal(0, Mbufs.Linearize(frame));
        Assert.Equal(1, frame->SegmentCount);
        Assert.Equal(before, Frames.Read(frame));
        Mbufs.FreeBulk(&frame, 1);

        frame = Frames.Chain(pool, Frames.Bytes(2000), Frames.Bytes(1000, 1));
        Assert.Equal(-Errno.NoSpace, Mbufs.Linearize(frame));
        Assert.Contains("3000 bytes", Eal.LastErrorText(), StringComparison.Ordinal);
        Assert.Equal(2, frame->SegmentCount);
        Mbufs.FreeBulk(&frame, 1);
        Assert.Equal(511u, pool.Available);
    }

    [Fact]
    public void A_range_is_read_in_place_or_copied_across_segments()
    {
        using MbufPool pool = Dpdk.Pool();
        byte* buffer = stackalloc byte[64];
        Mbuf* frame = Frames.Chain(pool, Frames.Bytes(100), Frames.Bytes(100, 1));
        byte[] all = Frames.Read(frame);
        Assert.True(Mbufs.Read(frame, 36, 64, buffer) == frame->Data + 36);
        Assert.True(Mbufs.Read(frame, 68, 64, buffer) == buffer);
        Assert.Equal(all.AsSpan(68, 64), new ReadOnlySpan<byte>(buffer, 64));
        Assert.True(Mbufs.Read(frame, 137, 64, buffer) is null);
        Assert.True(Mbufs.Read(frame, uint.MaxValue, 2, buffer) is null);
        Mbufs.FreeBulk(&frame, 1);
    }

    /// <summary>Odd segment lengths shift the words of the next segment by one byte; 0xff everywhere makes every carry count.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void The_checksum_does_not_depend_on_segmentation(bool allOnes)
    {
        using MbufPool pool = Dpdk.Pool();
        byte[] all = allOnes ? [.. Enumerable.Repeat((byte)0xff, 4001)] : Frames.Bytes(4001);
        foreach (int[] cuts in new int[][] { [2000], [1999], [1, 2, 5, 2001], [7, 1000, 2048] })
        {
            int[] edges = [0, .. cuts, all.Length];
            Mbuf* frame = Frames.Chain(pool, [.. edges.Zip(edges[1..], (from, to) => all[from..to])]);
            foreach ((uint offset, uint length) in s_ranges)
            {
                ushort sum;
                Assert.Equal(0, Mbufs.RawChecksum(frame, offset, length, &sum));
                Assert.Equal(Frames.Sum(all.AsSpan((int)offset, (int)length)), sum);
                Assert.Equal(-Errno.Invalid, Mbufs.RawChecksum(frame, offset, 4002 - offset, &sum));
            }

            Mbufs.FreeBulk(&frame, 1);
        }

        Assert.Equal(511u, pool.Available);
    }

    [Fact]
    public void A_pool_that_cannot_be_is_refused_with_a_reason()
    {
        using MbufPool pool = Dpdk.Pool();
        Assert.Equal(-Errno.Exists, Assert.Throws<NativeException>(() => new MbufPool(pool.Name, 63, cache: 0)).Status);
        NativeException tooLarge = Assert.Throws<NativeException>(() => new MbufPool("huge", 10_000_000));
        Assert.Equal(-Errno.NoMemory, tooLarge.Status);
        Assert.StartsWith("mbuf pool huge: ", tooLarge.Message, StringComparison.Ordinal);
    }
}
