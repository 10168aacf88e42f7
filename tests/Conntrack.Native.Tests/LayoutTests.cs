namespace Conntrack.Native.Tests;

public sealed unsafe class LayoutTests
{
    [Fact]
    public void Mbufs_of_the_library_are_where_we_look_for_them()
    {
        Mbufs.Layout layout;
        Mbufs.GetLayout(&layout);
        Assert.Equal(0, layout.BufAddr);
        Assert.Equal(16, layout.DataOff);
        Assert.Equal(24, layout.OlFlags);
        Assert.Equal(36, layout.PktLen);
        Assert.Equal(40, layout.DataLen);
        Assert.Equal(64, layout.Next);
        Assert.Equal(128, layout.Size);
        Mbufs.CheckLayout();
    }

    [Fact]
    public void Structs_that_cross_the_boundary_have_the_size_they_have_in_C()
    {
        Assert.Equal(128, sizeof(Mbuf));
        Assert.Equal(36, sizeof(Mbufs.Layout));
        Assert.Equal(136, sizeof(PortInfo));
        Assert.Equal(16, sizeof(PortConfiguration));
        Assert.Equal(64, sizeof(PortStatistics));
        Assert.Equal(16, sizeof(CaptureMeta));
        Assert.Equal(FlowRule.ByteSize, sizeof(FlowRule));
        Assert.Equal(16, sizeof(FlowRuleCount));
    }
}
