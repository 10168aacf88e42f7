using System.Text;
using Conntrack.Control.Replay;

namespace Conntrack.Control.Tests.Replay;

public sealed class OutputTargetTests : IDisposable
{
    readonly string _folder = Directory.CreateTempSubdirectory("ctrack-output-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void A_file_is_created_or_truncated()
    {
        string path = Path.Combine(_folder, "trace.jsonl");
        foreach (string text in (string[])["a longer text", "short"])
        {
            using Stream stream = new OutputTarget("--trace", path).Open(TextWriter.Null);
            stream.Write(Encoding.UTF8.GetBytes(text));
        }

        Assert.Equal("short", File.ReadAllText(path));
    }

    [Fact]
    public void A_dash_is_standard_output_even_where_a_character_is_cut_between_two_writes()
    {
        var output = new StringWriter();
        using (Stream stream = new OutputTarget("--trace", "-").Open(output))
        {
            foreach (byte one in Encoding.UTF8.GetBytes("büro 😀\n"))
            {
                stream.WriteByte(one);
            }

            stream.Write(Encoding.UTF8.GetBytes(new string('x', 5_000)));
        }

        Assert.Equal("büro 😀\n" + new string('x', 5_000), output.ToString());
    }

    [Fact]
    public void A_missing_folder_is_the_users_error_in_one_line()
    {
        string path = Path.Combine(_folder, "missing", "trace.jsonl");
        UserErrorException error = Assert.Throws<UserErrorException>(() => new OutputTarget("--trace", path).Open(TextWriter.Null));
        Assert.Equal($"--trace: {path}: no such directory", error.Message);
    }

    [Fact]
    public void A_folder_is_no_file()
    {
        UserErrorException error = Assert.Throws<UserErrorException>(() => new OutputTarget("--stats", _folder).Open(TextWriter.Null));
        Assert.Equal($"--stats: {_folder}: is a directory", error.Message);
    }
}
