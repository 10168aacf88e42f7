using Conntrack.RouterOs.Interfaces;
using Conntrack.RouterOs.Settings;

namespace Conntrack.RouterOs.Tests.Settings;

public sealed class EntryListTests
{
    static readonly EntryList<BridgeSettings> s_abc = ListOf("a", "b", "c");

    [Fact]
    public void Gives_each_entry_an_id_that_it_keeps()
    {
        EntryList<BridgeSettings> list = s_abc.RemoveAt(1).Add(new BridgeSettings { Name = "d" }).Move([2], 0);
        list = list.Replace(1, list[1] with { Name = "A", Id = 77 });

        Assert.Equal(["d*4", "A*1", "c*3"], list.Select(static bridge => $"{bridge.Name}*{bridge.Id}"));
        Assert.Equal((5UL, 2, -1), (list.NextId, list.IndexOf(3), list.IndexOf(2)));
        Assert.Null(list.Find(2));
    }

    [Theory]
    [InlineData("0", 3, "b c a")]
    [InlineData("2", 0, "c a b")]
    [InlineData("2,0", 1, "c a b")]
    [InlineData("0,1", 1, "a b c")]
    [InlineData("", 0, "a b c")]
    public void Moves_entries_in_front_of_another(string indices, int destination, string expected) => Assert.Equal(
        expected,
        string.Join(' ', s_abc.Move([.. indices.Split(',', StringSplitOptions.RemoveEmptyEntries).Select(int.Parse)], destination)
            .Select(static bridge => bridge.Name)));

    [Fact]
    public void Is_equal_to_a_list_that_a_script_would_write_alike()
    {
        EntryList<BridgeSettings> other = ListOf("x", "a", "b", "c").RemoveAt(0);

        Assert.Equal(s_abc, other);
        Assert.Equal(s_abc.GetHashCode(), other.GetHashCode());
        Assert.NotEqual(s_abc, s_abc.Replace(0, s_abc[0] with { Comment = "x" }));
        Assert.NotEqual(s_abc, s_abc.Move([0], 3));
        Assert.Same(s_abc, s_abc.Replace(0, s_abc[0] with { Id = 9 }));
    }

    [Fact]
    public void Takes_ids_from_outside_but_never_one_twice()
    {
        EntryList<BridgeSettings> list = s_abc.Insert(0, new BridgeSettings { Name = "d" }, 300);

        Assert.Equal((300UL, 301UL), (list[0].Id, list.NextId));
        Assert.Throws<ArgumentOutOfRangeException>(() => list.Insert(0, list[0], 300));
    }

    [Fact]
    public void Several_values_compare_by_content()
    {
        ValueList<string> list = ["a", "b"];

        Assert.Equal(["a", "b"], list);
        Assert.Equal(new ValueList<string>(), []);
        Assert.NotEqual(["b", "a"], list);
        Assert.Equal(
            new InterfaceListSettings { Name = "x", Include = ["a", "b"] }, new InterfaceListSettings { Name = "x", Include = list, Id = 7 });
    }

    static EntryList<BridgeSettings> ListOf(params string[] names) =>
        names.Aggregate(EntryList<BridgeSettings>.Empty, static (list, name) => list.Add(new BridgeSettings { Name = name }));
}
