namespace Conntrack.Firewall.Tests;

public sealed unsafe class RuleCounterTableTests
{
    [Fact]
    public void Counters_stay_where_they_are_when_rules_come()
    {
        using RuleCounterTable table = new(2);
        table.Hold(1);
        RuleCounters* first = table.Of(0);
        first[0] = new() { Packets = 3, Bytes = 300 };
        table.Of(1)[0] = new() { Packets = 4, Bytes = 400 };
        table.Hold(RuleImageBuilder.MostSlot + 1);
        Assert.True(first == table.Of(0));
        Assert.Equal((7ul, 700ul), (table.Sum(0).Packets, table.Sum(0).Bytes));
        Assert.Equal(0ul, table.Sum(RuleImageBuilder.MostSlot).Packets);
    }

    [Fact]
    public void Workers_do_not_share_a_line()
    {
        using RuleCounterTable table = new(2);
        Assert.Equal(0, (nint)table.Of(0) % 64);
        Assert.True(Math.Abs((byte*)table.Of(1) - (byte*)table.Of(0)) >= 64);
    }

    [Fact]
    public void More_slots_than_there_can_be_are_refused()
    {
        using RuleCounterTable table = new(1);
        Assert.Throws<InsufficientMemoryException>(() => table.Hold(RuleImageBuilder.MostSlot + 2));
    }
}
