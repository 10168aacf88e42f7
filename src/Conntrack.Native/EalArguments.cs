using System.Globalization;

namespace Conntrack.Native;

/// <summary>
/// How DPDK's environment starts. Both kinds keep everything to this process: a file prefix of its own, no telemetry socket, no shared
/// files. What the user gives in <see cref="Extra"/> replaces ours where the two concern the same thing.
/// </summary>
public abstract record EalArguments
{
    static readonly string[] s_lcoreOptions = ["-c", "-l", "--lcores"];
    static readonly string[] s_pciOptions = ["-a", "--allow", "-b", "--block", "--no-pci"];
    static readonly string[] s_memoryOptions = ["-m", "--socket-mem"];
    static readonly string[] s_iovaOptions = ["--iova-mode"];
    static readonly string[] s_prefixOptions = ["--file-prefix"];

    /// <summary>EAL arguments of the user, after ours.</summary>
    public IReadOnlyList<string> Extra { get; init; } = [];

    /// <summary>The CPUs EAL's own threads run on: those left to the control plane. By default what the process may use.</summary>
    public IReadOnlyList<int> ControlCpus { get; init; } = [];

    public string FilePrefix { get; init; } = $"ctrack-{Environment.ProcessId}";

    /// <summary>MiB taken at start; 0 leaves it to EAL.</summary>
    public int MemoryMegabytes { get; init; }

    /// <summary>PCI addresses of the NICs to use; without any the PCI bus is left alone: EAL touches no device uninvited.</summary>
    public IReadOnlyList<string> PciDevices { get; init; } = [];

    /// <summary>Whether EAL takes ordinary memory.</summary>
    protected abstract bool NoHuge { get; }

    /// <summary>argv, the program's name first; controlCpus is what <see cref="ControlCpus"/> comes to.</summary>
    internal IReadOnlyList<string> Build(IReadOnlyList<int> controlCpus)
    {
        List<string> arguments = ["ctrack", "--no-telemetry"];
        bool noHuge = NoHuge || Given("--no-huge");
        // --in-memory contains --no-shconf, but does not go together with the memory layout --no-huge brings.
        arguments.Add(noHuge ? "--no-shconf" : "--in-memory");
        if (noHuge && !Given("--no-huge"))
            arguments.Add("--no-huge");
        // Without hugepages physical addresses mean nothing; EAL would still look for them when it runs as root.
        if (noHuge && !Given(s_iovaOptions))
            arguments.Add("--iova-mode=va");
        if (MemoryMegabytes > 0 && !Given(s_memoryOptions))
            arguments.AddRange(["-m", MemoryMegabytes.ToString(CultureInfo.InvariantCulture)]);
        // One lcore that spans the control CPUs: EAL starts no worker threads, and its interrupt thread stays with the control plane.
        if (!Given(s_lcoreOptions))
            arguments.Add($"--lcores=0@({string.Join(',', controlCpus)})");
        if (!Given(s_prefixOptions))
            arguments.Add($"--file-prefix={FilePrefix}");
        if (!Given(s_pciOptions))
            arguments.AddRange(PciDevices.Count == 0 ? ["--no-pci"] : PciDevices.Select(address => $"--allow={address}"));
        arguments.AddRange(Extra);
        return arguments;
    }

    bool Given(params string[] options) => Extra.Any(argument => options.Any(option => IsOption(argument, option)));

    /// <summary>--name, --name=value, -x, -xvalue.</summary>
    static bool IsOption(string argument, string option)
    {
        bool isLong = option.StartsWith("--", StringComparison.Ordinal);
        return argument == option || argument.StartsWith(isLong ? option + "=" : option, StringComparison.Ordinal);
    }
}

/// <summary>Ordinary memory and no privileges: replay, tests, a first try.</summary>
public sealed record NoHugeArguments : EalArguments
{
    public NoHugeArguments(int memoryMegabytes = 256) => MemoryMegabytes = memoryMegabytes;

    protected override bool NoHuge => true;
}

/// <summary>Hugepages, anonymous so that none stay behind: the router.</summary>
public sealed record HugepageArguments : EalArguments
{
    protected override bool NoHuge => false;
}
