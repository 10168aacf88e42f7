namespace Conntrack.Native.Tests;

public sealed class OpenDirectoryTests : IDisposable
{
    readonly string _path = Directory.CreateTempSubdirectory("ctrack-").FullName;

    public void Dispose() => Directory.Delete(_path, recursive: true);

    [Fact]
    public void One_holder_at_a_time_has_it()
    {
        using (var first = new OpenDirectory(_path))
        {
            using var second = new OpenDirectory(_path);
            Assert.True(first.TryLock());
            Assert.True(first.TryLock());
            Assert.False(second.TryLock());
            second.Sync();
        }

        using var third = new OpenDirectory(_path);
        Assert.True(third.TryLock());
    }

    [Fact]
    public void What_is_no_directory_is_refused_with_the_reason()
    {
        string file = Path.Combine(_path, "file");
        File.WriteAllText(file, "");
        NativeException refused = Assert.Throws<NativeException>(() => new OpenDirectory(file));
        Assert.Equal($"{file}: Not a directory", refused.Message);
        Assert.Equal(-Errno.NoEntry, Assert.Throws<NativeException>(() => new OpenDirectory(file + "s")).Status);
    }

    [Fact]
    public void Closed_it_can_do_nothing()
    {
        var directory = new OpenDirectory(_path);
        directory.Dispose();
        directory.Dispose();
        Assert.Throws<NativeException>(directory.Sync);
    }
}
