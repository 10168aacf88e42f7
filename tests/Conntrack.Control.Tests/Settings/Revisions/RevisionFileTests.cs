using System.Text;
using Conntrack.Control.Settings.Revisions;
using Conntrack.RouterOs.Settings;

namespace Conntrack.Control.Tests.Settings.Revisions;

public sealed class RevisionFileTests
{
    const string Script = "/ip firewall connection tracking\nset udp-timeout=45s\n";

    static readonly Revision s_revision = new()
    {
        Number = 17,
        Time = new DateTimeOffset(2026, 11, 26, 15, 27, 14, 123, TimeSpan.Zero),
        Author = RevisionAuthor.Rollback,
        Comment = "let the office in – grüße # sha256",
        Restores = 12,
        Trial = new Trial(16, new DateTimeOffset(2026, 11, 26, 15, 32, 14, 5, TimeSpan.Zero)),
    };

    [Fact]
    public void What_is_written_is_read_again()
    {
        Assert.Null(RevisionFile.Read(RevisionFile.Write(s_revision, Script), out Revision? revision, out string script));
        Assert.Equal((s_revision, Script), (revision, script));
        Revision plain = s_revision with { Comment = "", Restores = null, Trial = null, Author = RevisionAuthor.Console };
        Assert.Null(RevisionFile.Read(RevisionFile.Write(plain, ""), out revision, out script));
        Assert.Equal((plain, ""), (revision, script));
    }

    [Fact]
    public void A_person_reads_it_and_so_does_the_script_reader()
    {
        string text = Encoding.UTF8.GetString(RevisionFile.Write(s_revision, Script));
        Assert.StartsWith(
            """
            # ctrack revision 17
            # time 2026-11-26T15:27:14.123Z
            # author rollback
            # comment let the office in – grüße # sha256
            # restores 12
            # rolls-back-to 16
            # confirm-before 2026-11-26T15:32:14.005Z
            #
            /ip firewall connection tracking
            set udp-timeout=45s
            # sha256
            """,
            text, StringComparison.Ordinal);
        LoadResult loaded = ScriptLoader.Load("00000017.rsc", text, RouterConfiguration.Default);
        Assert.Empty(loaded.Diagnostics);
        Assert.Equal(Script, ScriptExporter.Export(loaded.Configuration!));
    }

    [Fact]
    public void No_byte_can_be_missing_or_changed()
    {
        byte[] file = RevisionFile.Write(s_revision, Script);
        for (int length = 0; length < file.Length; length++)
        {
            Assert.NotNull(RevisionFile.Read(file.AsSpan(..length), out _, out _));
        }

        for (int i = 0; i < file.Length; i++)
        {
            byte[] changed = [.. file];
            changed[i] ^= 0x10;
            Assert.NotNull(RevisionFile.Read(changed, out _, out _));
        }

        Assert.NotNull(RevisionFile.Read([.. file, (byte)'\n'], out _, out _));
    }

    [Theory]
    [InlineData("let\nthe\toffice in", "let the office in")]
    [InlineData("", "")]
    public void A_comment_is_one_line(string text, string line) => Assert.Equal(line, Revision.OneLine(text));

    [Fact]
    public void A_comment_is_cut_between_letters()
    {
        string line = Revision.OneLine(new string('a', Revision.MostCommentLength - 1) + "😀");
        Assert.Equal(Revision.MostCommentLength - 1, line.Length);
        Assert.Equal(Revision.MostCommentLength, Revision.OneLine(new string('a', 5000)).Length);
    }
}
