namespace Conntrack.Native.Tests;

public sealed class EalArgumentsTests
{
    static readonly int[] s_cpus = [0, 2];

    [Fact]
    public void Without_hugepages_nothing_is_shared_and_no_device_is_touched()
    {
        var arguments = new NoHugeArguments(256) { FilePrefix = "mine" };
        Assert.Equal(
            [
                "ctrack", "--no-telemetry", "--no-shconf", "--no-huge", "--iova-mode=va", "-m", "256", "--lcores=0@(0,2)",
                "--file-prefix=mine", "--no-pci",
            ],
            arguments.Build(s_cpus));
    }

    [Fact]
    public void Hugepages_are_anonymous_and_only_the_devices_named_are_allowed()
    {
        var arguments = new HugepageArguments { FilePrefix = "mine", PciDevices = ["0000:03:00.0", "0000:03:00.1"] };
        Assert.Equal(
            [
                "ctrack", "--no-telemetry", "--in-memory", "--lcores=0@(0,2)", "--file-prefix=mine", "--allow=0000:03:00.0",
                "--allow=0000:03:00.1",
            ],
            arguments.Build(s_cpus));
    }

    [Fact]
    public void What_the_user_gives_replaces_ours()
    {
        var arguments = new HugepageArguments
        {
            MemoryMegabytes = 1024,
            Extra = ["-l1", "--file-prefix=theirs", "--socket-mem=64", "-a", "0000:05:00.0", "--log-level=8"],
        };
        Assert.Equal(["ctrack", "--no-telemetry", "--in-memory", .. arguments.Extra], arguments.Build(s_cpus));
    }

    [Fact]
    public void No_huge_from_the_user_takes_its_companions_along()
    {
        var arguments = new HugepageArguments { FilePrefix = "mine", MemoryMegabytes = 64, Extra = ["--no-huge"] };
        Assert.Equal(
            [
                "ctrack", "--no-telemetry", "--no-shconf", "--iova-mode=va", "-m", "64", "--lcores=0@(0,2)", "--file-prefix=mine",
                "--no-pci", "--no-huge",
            ],
            arguments.Build(s_cpus));
    }

    [Fact]
    public void Every_process_has_a_file_prefix_of_its_own() =>
        Assert.Equal($"ctrack-{Environment.ProcessId}", new NoHugeArguments().FilePrefix);
}
