using Conntrack.RouterOs.Printing;

namespace Conntrack.RouterOs.Tests.Printing;

public sealed class PrintTableTests
{
    static readonly PrintFlag[] s_flags = [new('X', "disabled"), new('D', "dynamic")];
    static readonly PrintTable<Row> s_table = new(
        row => row.Number,
        s_flags,
        row => row.Flags,
        [
            new("NAME", false, row => row.Name), new("COMMENT", false, row => row.Comment), new("PACKETS", true, row => row.Packets),
            new("BYTES", true, row => row.Bytes),
        ]);

    [Fact]
    public void Values_wider_than_their_title_push_the_title_to_their_side() => Assert.Equal(
        """
        Flags: D - DYNAMIC
        Columns: NAME, PACKETS, BYTES
         #   NAME       PACKETS          BYTES
         9   wan              1              2
        10 D long-name       12  1 234 567 890

        """,
        Print(null, new Row(9, 0, "wan", "", "1", "2"), new Row(10, 0b10, "long-name", "", "12", "1 234 567 890")));

    [Theory]
    [InlineData(23, "# NAME  PACKETS  BYTES")]
    [InlineData(22, "# NAME  PACKETS  BYTES")]
    [InlineData(21, "# NAME  P  BYTES")]
    [InlineData(12, "# NAME  P  B")]
    [InlineData(11, "# NAM  P  B")]
    [InlineData(1, "# NAM  P  B")]
    public void Titles_give_way_the_widest_gain_first(int width, string header) =>
        Assert.Equal(header, Print(width, new Row(0, 0, "wan", "", "1", "2")).Split('\n')[1]);

    static string Print(int? width, params Row[] rows)
    {
        var writer = new StringWriter();
        s_table.Write(writer, rows, width);
        return writer.ToString();
    }

    sealed record Row(int Number, ulong Flags, string Name, string Comment, string Packets, string Bytes);
}
