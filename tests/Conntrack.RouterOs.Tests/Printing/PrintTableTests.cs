using Conntrack.RouterOs.Printing;

namespace Conntrack.RouterOs.Tests.Printing;

public sealed class PrintTableTests
{
    static readonly PrintFlag[] s_flags = [new('X', "disabled"), new('D', "dynamic")];
    static readonly PrintColumn[] s_columns = [new("NAME", false), new("COMMENT", false), new("PACKETS", true), new("BYTES", true)];

    [Fact]
    public void Values_wider_than_their_title_push_the_title_to_their_side() => Assert.Equal(
        """
        Flags: D - DYNAMIC
        Columns: NAME, PACKETS, BYTES
         #   NAME       PACKETS          BYTES
         9   wan              1              2
        10 D long-name       12  1 234 567 890

        """,
        Print(null, (9, 0, ["wan", "", "1", "2"]), (10, 0b10, ["long-name", "", "12", "1 234 567 890"])));

    [Theory]
    [InlineData(23, "# NAME  PACKETS  BYTES")]
    [InlineData(22, "# NAME  PACKETS  BYTES")]
    [InlineData(21, "# NAME  P  BYTES")]
    [InlineData(12, "# NAME  P  B")]
    [InlineData(11, "# NAM  P  B")]
    [InlineData(1, "# NAM  P  B")]
    public void Titles_give_way_the_widest_gain_first(int width, string header) =>
        Assert.Equal(header, Print(width, (0, 0, ["wan", "", "1", "2"])).Split('\n')[1]);

    [Fact]
    public void A_row_of_the_wrong_size_is_refused() =>
        Assert.Throws<ArgumentException>(() => new PrintTable(s_flags, s_columns).Add(0, 0, ["wan"]));

    static string Print(int? width, params (int Number, ulong Flags, string[] Cells)[] rows)
    {
        var table = new PrintTable(s_flags, s_columns);
        foreach ((int number, ulong flags, string[] cells) in rows)
        {
            table.Add(number, flags, cells);
        }

        var writer = new StringWriter();
        table.Write(writer, width);
        return writer.ToString();
    }
}
