using System.Diagnostics;
using System.Globalization;

namespace Conntrack.Native.Tests;

[Collection(Dpdk.Collection)]
public sealed class EalTests(Dpdk dpdk)
{
    const int Nobody = 65534;

    /// <summary>Wherever EAL may put its run-time directory.</summary>
    static readonly string[] s_runtimeFolders =
    [
        "/tmp/dpdk",
        "/var/run/dpdk",
        $"{Environment.GetEnvironmentVariable("XDG_RUNTIME_DIR")}/dpdk",
        $"{Environment.GetEnvironmentVariable("RUNTIME_DIRECTORY")}/dpdk",
    ];

    [Fact]
    public void A_running_session_has_nothing_on_disk()
    {
        Assert.True(EalSession.IsRunning);
        Assert.DoesNotContain(s_runtimeFolders, folder => Directory.Exists(Path.Combine(folder, Dpdk.Arguments.FilePrefix)));
    }

    [Fact]
    public void A_second_start_is_refused_with_a_reason()
    {
        NativeException exception = Assert.Throws<NativeException>(() => EalSession.Start(new NoHugeArguments()));
        Assert.Equal(-Errno.Already, exception.Status);
        Assert.Contains("already", exception.Message, StringComparison.Ordinal);
        Assert.True(EalSession.IsRunning);
    }

    [Fact]
    public void An_unprivileged_user_starts_it_and_nothing_is_left_behind()
    {
        var arguments = new NoHugeArguments(64) { FilePrefix = $"ctrack-nobody-{Environment.ProcessId}" };
        bool[] before = [.. s_runtimeFolders.Select(Directory.Exists)];
        (int exit, string output, string error) = RunShimTest(arguments);
        Assert.Equal("", error);
        Assert.Equal("libctrack-dpdk: ok\n", output);
        Assert.Equal(0, exit);
        Assert.DoesNotContain(s_runtimeFolders, folder => Directory.Exists(Path.Combine(folder, arguments.FilePrefix)));
        Assert.Equal(before, s_runtimeFolders.Select(Directory.Exists));
    }

    [Theory]
    [InlineData("--no-such-option", "unrecognized option '--no-such-option'")]
    [InlineData("--iova-mode=sideways", "iova")]
    public void A_refused_argument_is_told_in_EALs_words(string argument, string reason)
    {
        (int exit, string output, string error) = RunShimTest(new NoHugeArguments(64) { Extra = [argument] });
        Assert.Equal(1, exit);
        Assert.Equal("", output);
        Assert.StartsWith("FAILED: EAL starts (", error, StringComparison.Ordinal);
        Assert.Contains(reason, error, StringComparison.Ordinal);
        Assert.Single(error.TrimEnd().Split('\n'));
    }

    /// <summary>Where no hugepages are reserved, EAL's reason has to say so.</summary>
    [Fact]
    public void Hugepages_are_used_when_there_are_any()
    {
        const int Megabytes = 64, HugepageMegabytes = 2;
        int free = int.Parse(
            File.ReadLines("/proc/meminfo").First(line => line.StartsWith("HugePages_Free:", StringComparison.Ordinal)).Split(':')[1],
            CultureInfo.InvariantCulture);
        (int exit, string output, string error) = RunShimTest(new HugepageArguments { MemoryMegabytes = Megabytes });
        if (free >= 2 * Megabytes / HugepageMegabytes)
        {
            Assert.Equal(("libctrack-dpdk: ok\n", "", 0), (output, error, exit));
        }
        else
        {
            Assert.Contains("hugepage", error, StringComparison.OrdinalIgnoreCase);
            Assert.Equal(1, exit);
        }
    }

    /// <summary>The shim's own test program under these arguments, as nobody when we are root, from a folder anyone may read.</summary>
    (int Exit, string Output, string Error) RunShimTest(EalArguments arguments)
    {
        const UnixFileMode Anyone = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute
            | UnixFileMode.GroupRead | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute;
        File.SetUnixFileMode(dpdk.Folder, Anyone);
        foreach (string file in new[] { "test_ctrack_dpdk", "libctrack-dpdk.so" })
        {
            File.Copy(Path.Combine(AppContext.BaseDirectory, file), dpdk.PathOf(file), overwrite: true);
            File.SetUnixFileMode(dpdk.PathOf(file), Anyone);
        }

        string[] user = Environment.IsPrivilegedProcess ? ["setpriv", $"--reuid={Nobody}", $"--regid={Nobody}", "--clear-groups"] : [];
        string[] command = [.. user, dpdk.PathOf("test_ctrack_dpdk"), .. arguments.Build(CurrentThread.Cpus).Skip(1)];
        using Process process = Process.Start(new ProcessStartInfo(command[0], command[1..])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = dpdk.Folder,
        })!;
        Task<string> output = process.StandardOutput.ReadToEndAsync(), error = process.StandardError.ReadToEndAsync();
        process.WaitForExit();
        return (process.ExitCode, output.Result, error.Result);
    }

    [Fact]
    public void A_registered_thread_has_a_pool_cache_whose_content_stays_available()
    {
        using var pool = new MbufPool("cached", 511, cache: 64);
        int status = -1;
        OnThread(() =>
        {
            status = Eal.RegisterThread();
            AllocateAndFree(pool, 32);
            Eal.UnregisterThread();
        });
        Assert.Equal(0, status);
        Assert.Equal(511u, pool.Available);
    }

    static unsafe void AllocateAndFree(MbufPool pool, uint n)
    {
        Mbuf** mbufs = stackalloc Mbuf*[(int)n];
        Assert.Equal(0, Mbufs.AllocateBulk(pool.Mempool, mbufs, n));
        Mbufs.FreeBulk(mbufs, n);
    }

    [Fact]
    public void The_time_stamp_counter_runs_at_the_rate_EAL_measured()
    {
        ulong start = Tsc.Now();
        long watch = Stopwatch.GetTimestamp();
        Thread.Sleep(100);
        double seconds = Stopwatch.GetElapsedTime(watch).TotalSeconds;
        double measured = (Tsc.Now() - start) / seconds;
        Assert.InRange(measured / Tsc.Frequency(), 0.95, 1.05);
    }

    [Fact]
    public void A_thread_can_be_pinned_and_named()
    {
        int[] all = CurrentThread.Cpus, pinned = [];
        string name = "";
        OnThread(() =>
        {
            CurrentThread.Pin(all[^1]);
            CurrentThread.SetName("worker-näher-am-draht");
            pinned = CurrentThread.Cpus;
            name = File.ReadAllText($"/proc/self/task/{Libc.Gettid()}/comm");
        });
        Assert.Equal([all[^1]], pinned);
        Assert.Equal("worker-näher-a\n", name);
        Assert.Equal(all, CurrentThread.Cpus);
        NativeException exception = Assert.Throws<NativeException>(() => CurrentThread.Pin());
        Assert.Equal(-Errno.Invalid, exception.Status);
    }

    static void OnThread(Action action)
    {
        Exception? failure = null;
        var thread = new Thread(() =>
        {
            try
            {
                action();
            }
            catch (Exception exception)
            {
                failure = exception;
            }
        });
        thread.Start();
        thread.Join();
        Assert.Null(failure);
    }
}
