using System.Text.RegularExpressions;
using static Conntrack.Scenarios.Tests.Packets;

namespace Conntrack.Scenarios.Tests;

/// <summary>Replay asks for nothing: no privilege, no hugepages, no home; and leaves nothing behind.</summary>
public sealed class UnprivilegedTests : IDisposable
{
    const string Nobody = "65534";

    static readonly string[] s_places = ["/tmp", "/run", "/var/run", "/dev/shm", "/var/tmp"];

    readonly Scratch _scratch = new();

    [Fact]
    public void Nobody_may_replay()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "Only root can become nobody.");
        Copy(Path.GetDirectoryName(Ctrack.Executable)!, _scratch.PathOf("bin"));
        string capture = _scratch.Capture("in.pcap", (0, Udp()), (1, Udp(back: true)), (2, Tcp(false, Syn)));
        Ctrack.Start("chmod", ["-R", "a+rX", _scratch.PathOf(".")]).Succeeded();
        string[] become =
        [
            $"--reuid={Nobody}", $"--regid={Nobody}", "--clear-groups", "--inh-caps=-all", "env", "-i", $"DOTNET_ROOT={Ctrack.RuntimeRoot}",
        ];
        Assert.SkipUnless(
            Ctrack.Start("setpriv", [.. become, "/usr/bin/test", "-r", Ctrack.RuntimeRoot + "/host"]).ExitCode == 0,
            $"The .NET runtime in {Ctrack.RuntimeRoot} is not for everybody.");

        string[] before = Owned();
        Run run = Ctrack.Start("setpriv", [.. become, _scratch.PathOf("bin/ctrack"), "replay", "--in", capture, "--connections", "-"]).Succeeded();
        Assert.Equal(["udp", "tcp"], Json.Array(run.Output).Words("protocol"));
        Assert.Equal(before, Owned());
        Assert.Empty(Left(run));

        Ctrack.Start("chmod", ["600", capture]).Succeeded();
        Run refused = Ctrack.Start("setpriv", [.. become, _scratch.PathOf("bin/ctrack"), "replay", "--in", capture]);
        Assert.Equal($"{capture}: Permission denied", refused.Refused());
        Assert.Empty(Left(refused));
    }

    [Fact]
    public void Nothing_is_left_behind_whether_it_ends_well_or_not()
    {
        Run good = Ctrack.Replay("--in", _scratch.Capture("in.pcap", (0, Udp())), "--stats", "-").Succeeded();
        Assert.Empty(Left(good));
        Run bad = Ctrack.Replay("--in", _scratch.Write("bad.pcap", "no capture at all, but long enough for a header"));
        bad.Refused();
        Assert.Empty(Left(bad));
    }

    /// <summary>Hugepages are neither needed nor touched, whoever runs it.</summary>
    [Fact]
    public void No_hugepage_is_taken()
    {
        Assert.SkipUnless(File.Exists("/usr/bin/strace"), "strace is not installed.");
        string log = _scratch.PathOf("strace.txt"), capture = _scratch.Capture("in.pcap", (0, Udp()));
        string[] trace = ["-f", "-qq", "-e", "trace=open,openat,creat,mmap,bind", "-o", log];
        Run run = Ctrack.Start("strace", [.. trace, Ctrack.Executable, "replay", "--in", capture, "--stats", "-"]);
        Assert.SkipWhen(run.Error.Contains("ptrace", StringComparison.OrdinalIgnoreCase), "This machine forbids tracing.");
        Assert.Equal(0, run.ExitCode);
        string[] calls = File.ReadAllLines(log);
        Assert.NotEmpty(calls);
        Assert.DoesNotContain(calls, call => Regex.IsMatch(call, "MAP_HUGETLB|hugetlbfs|/dev/(vfio|uio|hugepages)"));
    }

    public void Dispose() => _scratch.Dispose();

    static string[] Owned() =>
        Ctrack.Start("/bin/sh", ["-c", $"find {string.Join(' ', s_places)} -user {Nobody} 2>/dev/null | sort"]).Output.Split('\n');

    /// <summary>
    /// Files and directories named after a process since it began: EAL's, the runtime's diagnostics. An older one is of another
    /// process that had the same id and was killed, as some tests do.
    /// </summary>
    static IEnumerable<string> Left(Run run)
    {
        var named = new Regex($@"(?<!\d){run.ProcessId}(?!\d)");
        // The file system's clock runs up to a tick behind.
        DateTime since = run.Started.AddMilliseconds(-20);
        return s_places.Append("/tmp/dpdk").Append("/var/run/dpdk").Where(Directory.Exists)
            .SelectMany(Directory.EnumerateFileSystemEntries)
            .Where(path => named.IsMatch(Path.GetFileName(path)) && File.GetLastWriteTimeUtc(path) >= since);
    }

    static void Copy(string from, string to)
    {
        Directory.CreateDirectory(to);
        foreach (string file in Directory.EnumerateFiles(from))
        {
            File.Copy(file, Path.Combine(to, Path.GetFileName(file)));
        }
    }
}
