// The build: ./build.sh TASK prepares the machine and runs this with Cake.
//
//   Build (default)  the shim, every assembly, libctrack-dataplane.so; leaves artifacts/ctrack
//   Test             the shim's test and every test project, one after the other; totals in the last line
//   Kernel           the same packets through Linux's nf_conntrack and through the dataplane: every scenario of tests/Kernel, then random
//                    traffic; --only=TEXT, --packets=N, --seed=N, --burst=N and the rest as tests/Kernel/README.md has them. As root
//   Live             real programs in network namespaces through ctrack run, and through Linux: --short, --through=router, --ports=veth,
//                    --soak-minutes=N and the rest as tests/Live/README.md has them. As root
//   Fuzz             what strangers' bytes go through, by afl-fuzz, one target a CPU: every target for 600 s, or --target=NAMES, --seconds=N
//   Lint             code style once more as an editor sees it, C warnings and gcc's analyzer, shell syntax
//   Bench            Conntrack, testpmd, Open vSwitch and Linux side by side, row by row: --rows=NAMES, --quick, --readme, --list and the
//                    rest as perf/README.md has them; --pktgen=PATH drives it from outside. --rig=Rig, Lookup, Gaps, Microbench or Budget
//                    runs another rig. As root; wants a quiet machine; not part of Test
//   Demo             replays a recorded home and its provider through the default configuration
//
// A task exists here once it has something to run: Package when there is something to install.

using System.Xml.Linq;

string target = Argument("target", "Build");
const string Solution = "Conntrack.sln";
const string Configuration = "Release";

DirectoryPath root = MakeAbsolute(Directory("./"));
DirectoryPath artifacts = root.Combine("artifacts");

void Run(FilePath program, ProcessArgumentBuilder arguments)
{
    int status = StartProcess(program, new ProcessSettings { Arguments = arguments });
    if (status != 0)
    {
        throw new CakeException($"{program.GetFilename()} failed with exit code {status}");
    }
}

Task("Restore")
    .Does(() => DotNetRestore(Solution, new DotNetRestoreSettings { Verbosity = DotNetVerbosity.Quiet }));

Task("Native")
    .Does(() => Run("make", new ProcessArgumentBuilder().Append("--silent").Append("-C").Append("native")));

// A launcher and not a symlink: the daemon finds the runtime it was built with, wherever the SDK was unpacked.
void WriteLauncher()
{
    FilePath launcher = artifacts.CombineWithFilePath("ctrack");
    string runtime = System.IO.Path.GetDirectoryName(Environment.ProcessPath);
    System.IO.File.WriteAllText(launcher.FullPath,
        "#!/bin/sh\n"
        + $"export DOTNET_ROOT=\"${{DOTNET_ROOT:-{runtime}}}\"\n"
        + $"exec \"$(dirname \"$(readlink -f \"$0\")\")/publish/Conntrack.Daemon/{Configuration.ToLowerInvariant()}/ctrack\" \"$@\"\n");
    System.IO.File.SetUnixFileMode(launcher.FullPath, (UnixFileMode)0b111_101_101);
}

// By the name of its pipe, which is in its command line.
void EndCompilerServer(string name)
{
    foreach (System.Diagnostics.Process process in name == null ? [] : System.Diagnostics.Process.GetProcesses())
    {
        using (process)
        {
            try
            {
                if (System.IO.File.ReadAllText($"/proc/{process.Id}/cmdline").Split('\0').Contains($"-pipename:{name}"))
                {
                    process.Kill();
                }
            }
            catch (System.IO.IOException)
            {
                // It has ended since it was listed.
            }
        }
    }
}

// The solution's own projects say where the native libraries go and when ILC has work: see Directory.Build.targets.
Task("Build")
    .IsDependentOn("Restore")
    .IsDependentOn("Native")
    .Does(() =>
{
    // In CI no build server is left behind. One that no other build knows of, and that ends here, saves each project the compiler's start.
    string compiler = EnvironmentVariable("CI") == "true" ? $"conntrack-{Environment.ProcessId}" : null;
    DotNetMSBuildSettings properties = new();
    try
    {
        DotNetBuild(Solution, new DotNetBuildSettings
        {
            Configuration = Configuration,
            NoRestore = true,
            NoLogo = true,
            Verbosity = DotNetVerbosity.Quiet,
            MSBuildSettings = compiler == null ? properties : properties.WithProperty("SharedCompilationId", compiler),
        });
    }
    finally
    {
        EndCompilerServer(compiler);
    }

    WriteLauncher();
});

// Not part of Test: the build itself enforces the code style. What is left here is slower than it is likely to fail.
Task("Lint")
    .IsDependentOn("Build")
    .Does(() =>
{
    foreach (FilePath script in GetFiles("./build.sh") + GetFiles("./.ci/run") + GetFiles("./tests/**/*.sh") + GetFiles("./perf/**/*.sh"))
    {
        Run("bash", new ProcessArgumentBuilder().Append("-n").AppendQuoted(script.FullPath));
    }

    // -O0: what the optimiser removes, the analyzer never sees.
    foreach (FilePath source in GetFiles("./native/*.c"))
    {
        Run("bash", new ProcessArgumentBuilder().Append("-c").AppendQuoted(
            "gcc -std=gnu17 -O0 -march=x86-64-v3 -Wall -Wextra -Wshadow -Wpointer-arith -Wstrict-prototypes -Wvla -Werror -fanalyzer "
            + $"$(pkg-config --cflags libdpdk libpcap | sed 's/-I/-isystem /g') -S -o /dev/null '{source.FullPath}'"));
    }

    foreach (string part in new[] { "style", "analyzers" })
    {
        Run("dotnet", new ProcessArgumentBuilder().Append("format").Append(part).Append(Solution)
            .Append("--no-restore").Append("--verify-no-changes").Append("--severity").Append("warn"));
    }
});

record Totals(int Passed, int Failed, int Skipped)
{
    public static Totals operator +(Totals a, Totals b) => new(a.Passed + b.Passed, a.Failed + b.Failed, a.Skipped + b.Skipped);

    public override string ToString() => $"{Passed} passed, {Failed} failed" + (Skipped > 0 ? $", {Skipped} skipped" : "");
}

// The shim's own test is a C program; it counts as one.
Totals TestShim()
{
    bool passed = StartProcess("make", new ProcessSettings { Arguments = "--silent -C native test" }) == 0;
    if (!passed)
    {
        Error("native: make test failed");
    }

    return passed ? new Totals(1, 0, 0) : new Totals(0, 1, 0);
}

// A port for tests of what is handed to hardware. Its headers are fetched with the first build; where that is not possible those tests are skipped.
void BuildTestDriver()
{
    if (StartProcess("make", new ProcessSettings { Arguments = "--silent -C tests/Native" }) != 0)
    {
        Warning("tests/Native could not be built: tests of hardware offload are skipped");
    }
}

// One project at a time: several of them start DPDK or measure, and a machine may have two cores.
Totals RunTests(FilePath project, DirectoryPath results)
{
    string name = project.GetFilenameWithoutExtension().ToString();
    FilePath report = results.CombineWithFilePath(name + ".xml");
    TimeSpan limit = TimeSpan.FromMinutes(20);
    using IProcess process = StartAndReturnProcess("dotnet", new ProcessSettings
    {
        Arguments = new ProcessArgumentBuilder()
            .Append("exec").AppendQuoted(artifacts.CombineWithFilePath($"bin/{name}/{Configuration.ToLowerInvariant()}/{name}.dll").FullPath)
            .Append("--no-ansi").Append("--progress").Append("off").Append("--show-stdout").Append("failed").Append("--show-stderr").Append("failed")
            .Append("--results-directory").AppendQuoted(results.FullPath)
            .Append("--report-xunit-xml").Append("--report-xunit-xml-filename").Append(report.GetFilename().ToString()),
    });
    if (!process.WaitForExit((int)limit.TotalMilliseconds))
    {
        process.Kill();
        Error($"{name}: no end after {limit.TotalMinutes} minutes, stopped");
        return new Totals(0, 1, 0);
    }

    Totals totals = FileExists(report)
        ? XDocument.Load(report.FullPath).Root.Elements("assembly")
            .Select(a => new Totals((int)a.Attribute("passed"), (int)a.Attribute("failed") + (int)a.Attribute("errors"), (int)a.Attribute("skipped")))
            .Aggregate(new Totals(0, 0, 0), (sum, next) => sum + next)
        : new Totals(0, 0, 0);

    // A crash leaves no report or an incomplete one, a project without tests an empty one: both are failures no test could count.
    string trouble = !FileExists(report) ? "ended without a report"
        : totals.Passed + totals.Failed == 0 ? "no test ran"
        : process.GetExitCode() != 0 && totals.Failed == 0 ? "failed outside its tests"
        : null;
    if (trouble != null)
    {
        Error($"{name}: {trouble}, exit code {process.GetExitCode()}");
        totals += new Totals(0, 1, 0);
    }

    return totals;
}

Task("Test")
    .IsDependentOn("Build")
    .Does(() =>
{
    DirectoryPath results = artifacts.Combine("tests");
    EnsureDirectoryExists(results);
    CleanDirectory(results);
    Totals sum = TestShim();
    BuildTestDriver();
    foreach (FilePath project in GetFiles("./tests/*/*.Tests.csproj").OrderBy(p => p.FullPath, StringComparer.Ordinal))
    {
        sum += RunTests(project, results);
    }

    System.IO.File.WriteAllText(results.CombineWithFilePath("totals").FullPath, sum + "\n");
    if (sum.Failed > 0)
    {
        throw new CakeException($"{sum.Failed} failed");
    }
});

// Its own program and not a test project: it takes minutes, wants root, and has a table to show.
Task("Kernel")
    .IsDependentOn("Build")
    .Does(() =>
{
    ProcessArgumentBuilder arguments = new ProcessArgumentBuilder().Append("exec")
        .AppendQuoted(artifacts.CombineWithFilePath($"bin/Conntrack.Kernel/{Configuration.ToLowerInvariant()}/Conntrack.Kernel.dll").FullPath);
    foreach (string option in new[] { "only", "packets", "seed", "burst", "workers", "protocols", "scenarios", "annotate" })
    {
        string value = Argument(option, "");
        if (value != "")
        {
            arguments.Append("--" + option).AppendQuoted(value);
        }
    }

    foreach (string option in new[] { "short", "show", "census" })
    {
        if (HasArgument(option))
        {
            arguments.Append("--" + option);
        }
    }

    Run("dotnet", arguments);
});

Task("Live")
    .IsDependentOn("Build")
    .Does(() =>
{
    ProcessArgumentBuilder arguments = new ProcessArgumentBuilder().Append("exec")
        .AppendQuoted(artifacts.CombineWithFilePath($"bin/Conntrack.Live/{Configuration.ToLowerInvariant()}/Conntrack.Live.dll").FullPath);
    foreach (string option in new[] { "through", "ports", "workers", "only", "megabytes", "seconds", "soak-minutes" })
    {
        string value = Argument(option, "");
        if (value != "")
        {
            arguments.Append("--" + option).AppendQuoted(value);
        }
    }

    if (HasArgument("short"))
    {
        arguments.Append("--short");
    }

    Run("dotnet", arguments);
});

// The assemblies of the product are instrumented in a copy. What is found stays in artifacts/fuzz: see tests/Fuzz/README.md.
Task("Fuzz")
    .IsDependentOn("Build")
    .Does(() =>
{
    string only = Argument("only", "");
    string[] targets = only == ""
        ? GetSubDirectories("./tests/Fuzz/Corpus").Select(folder => folder.GetDirectoryName()).Order(StringComparer.Ordinal).ToArray()
        : only.Split(',');
    int seconds = Argument("seconds", 600);
    DirectoryPath output = artifacts.Combine("fuzz");
    DirectoryPath program = output.Combine("program");
    EnsureDirectoryExists(program);
    CleanDirectory(program);
    CopyDirectory(artifacts.Combine($"bin/Conntrack.Fuzz/{Configuration.ToLowerInvariant()}"), program);
    foreach (string part in new[] { "Packets", "Tracking", "Dataplane" })
    {
        Run("dotnet", new ProcessArgumentBuilder().Append("sharpfuzz").AppendQuoted(program.CombineWithFilePath($"Conntrack.{part}.dll").FullPath));
    }

    // Written from scratch each time: afl-fuzz does not go on where another build of the program left off.
    IProcess Start(string target, int cpu)
    {
        DirectoryPath found = output.Combine(target);
        EnsureDirectoryExists(found);
        CleanDirectory(found);
        Information($"{target}: {seconds} s on CPU {cpu}, log in {root.GetRelativePath(output)}/{target}.log");
        return StartAndReturnProcess("bash", new ProcessSettings
        {
            Arguments = new ProcessArgumentBuilder().Append("-c").AppendQuoted(
                $"exec taskset -c {cpu} afl-fuzz -i '{root}/tests/Fuzz/Corpus/{target}' -o '{found}' -V {seconds} -t 5000 -m none "
                + $"-- dotnet exec '{program}/Conntrack.Fuzz.dll' afl {target} > '{output}/{target}.log' 2>&1"),
            EnvironmentVariables = new Dictionary<string, string>
            {
                ["AFL_SKIP_BIN_CHECK"] = "1",
                ["AFL_NO_UI"] = "1",
                ["AFL_NO_AFFINITY"] = "1",
                ["AFL_SKIP_CPUFREQ"] = "1",
                ["AFL_I_DONT_CARE_ABOUT_MISSING_CRASHES"] = "1",
                ["AFL_FORKSRV_INIT_TMOUT"] = "60000",
            },
        });
    }

    int findings = 0;
    foreach (string[] together in targets.Chunk(Environment.ProcessorCount))
    {
        IProcess[] running = together.Select(Start).ToArray();
        foreach ((string target, IProcess process) in together.Zip(running))
        {
            process.WaitForExit();
            if (process.GetExitCode() != 0)
            {
                throw new CakeException($"{target}: afl-fuzz failed, see its log");
            }

            FilePathCollection inputs = GetFiles($"{output}/{target}/default/crashes/id*") + GetFiles($"{output}/{target}/default/hangs/id*");
            findings += inputs.Count;
            var facts = System.IO.File.ReadLines($"{output}/{target}/default/fuzzer_stats").Select(line => line.Split(':', 2))
                .ToDictionary(pair => pair[0].Trim(), pair => pair[1].Trim());
            Information($"{target}: {facts["execs_done"]} runs, {facts["edges_found"]} edges, {facts["corpus_count"]} inputs, {inputs.Count} findings");
            foreach (FilePath input in inputs)
            {
                Error($"  {root.GetRelativePath(input)}");
            }
        }
    }

    if (findings > 0)
    {
        throw new CakeException($"{findings} findings");
    }
});

// What is measured runs on the last CPU, where the kernel puts the least of its own.
Task("Bench")
    .IsDependentOn("Restore")
    .IsDependentOn("Native")
    .Does(() =>
{
    string[] rigs = Argument("rig", Argument("pktgen", "") == "" ? "Table" : "Pktgen").Split(',');
    string cpu = (Environment.ProcessorCount - 1).ToString();
    DirectoryPath Built(string name) => artifacts.Combine($"bin/{name}/{Configuration.ToLowerInvariant()}");
    void Compile(string name, string folder = "perf") => DotNetBuild($"{folder}/{name}/{name}.csproj", new DotNetBuildSettings
    {
        Configuration = Configuration,
        NoLogo = true,
        Verbosity = DotNetVerbosity.Quiet,
    });
    void Measure(FilePath program, Func<ProcessArgumentBuilder, ProcessArgumentBuilder> arguments) =>
        Run("taskset", arguments(new ProcessArgumentBuilder().Append("-c").Append(cpu).AppendQuoted(program.FullPath)));

    string results = root.Combine("perf/results").FullPath;
    void BuildRig()
    {
        Run("make", new ProcessArgumentBuilder().Append("--silent").Append("-C").Append("perf/native"));
        Compile("Rig");
    }

    foreach (string rig in rigs)
    {
        Information($"\n{rig}");
        switch (rig)
        {
            case "Table":
                BuildRig();
                ProcessArgumentBuilder table = new ProcessArgumentBuilder().Append("table").Append("--core").Append(cpu).Append("--output").AppendQuoted(results);
                string rows = Argument("rows", Argument("only", ""));
                if (rows != "")
                {
                    table.Append("--rows").AppendQuoted(rows);
                }

                foreach (string option in new[] { "peers", "turns", "windows" })
                {
                    string value = Argument(option, "");
                    if (value != "")
                    {
                        table.Append("--" + option).AppendQuoted(value);
                    }
                }

                foreach (string option in new[] { "quick", "list", "no-fifo", "no-huge" })
                {
                    if (HasArgument(option))
                    {
                        table.Append("--" + option);
                    }
                }

                if (HasArgument("readme"))
                {
                    table.Append("--readme").AppendQuoted(root.CombineWithFilePath("README.md").FullPath);
                }

                Run(Built("Rig").CombineWithFilePath("rig"), table);
                break;
            case "Lookup":
                DirectoryPath published = artifacts.Combine("bench/lookup");
                DotNetPublish("perf/Rig.Lookup/Rig.Lookup.csproj", new DotNetPublishSettings
                {
                    Configuration = Configuration,
                    NoLogo = true,
                    Verbosity = DotNetVerbosity.Quiet,
                    OutputDirectory = published,
                });
                Measure(published.CombineWithFilePath("rig-lookup"), arguments => arguments);
                break;
            case "Rig":
                BuildRig();
                ProcessArgumentBuilder order = new ProcessArgumentBuilder().Append("--core").Append(cpu).Append("--output").AppendQuoted(results);
                Run(Built("Rig").CombineWithFilePath("rig"), Argument("fifo", false) ? order.Append("--fifo") : order);
                break;
            case "Gaps":
                Run("make", new ProcessArgumentBuilder().Append("--silent").Append("-C").Append("perf/native"));
                Compile("Conntrack.Daemon", "src");
                WriteLauncher();
                Compile("Gaps");
                ProcessArgumentBuilder where = new ProcessArgumentBuilder().Append("--output").AppendQuoted(results);
                Run(Built("Gaps").CombineWithFilePath("gaps"), Argument("fifo", false) ? where.Append("--fifo") : where);
                break;
            case "Microbench":
                Compile("Microbench");
                Measure(Built("Microbench").CombineWithFilePath("Microbench"), arguments => arguments);
                break;
            case "Pktgen":
                Compile("Conntrack.Daemon", "src");
                WriteLauncher();
                Run("perf/pktgen.sh", new ProcessArgumentBuilder().AppendQuoted(MakeAbsolute(File(Argument("pktgen", ""))).FullPath));
                break;
            case "Budget":
                DotNetPublish("perf/Budget/Budget.csproj", new DotNetPublishSettings
                {
                    Configuration = Configuration,
                    Runtime = "linux-x64",
                    NoLogo = true,
                    Verbosity = DotNetVerbosity.Quiet,
                });
                Run(artifacts.CombineWithFilePath("publish/Budget/release_linux-x64/budget"), new ProcessArgumentBuilder());
                break;
            default:
                throw new CakeException($"no rig {rig}: Table, Rig, Lookup, Gaps, Microbench or Budget");
        }
    }
});

Task("Demo")
    .IsDependentOn("Build")
    .Does(() =>
{
    DirectoryPath home = root.Combine("tests/Scenarios/demo/home");
    DirectoryPath results = artifacts.Combine("demo");
    EnsureDirectoryExists(results);
    var replay = new ProcessArgumentBuilder()
        .Append("replay").Append("--config").AppendQuoted($"{home}/default.rsc")
        .Append("--in").AppendQuoted($"ether1={home}/wan.pcap").Append("--in").AppendQuoted($"ether2={home}/lan.pcap")
        .Append("--out").AppendQuoted($"ether1={results}/wan-out.pcap").Append("--out").AppendQuoted($"ether2={results}/lan-out.pcap");
    foreach (string command in System.IO.File.ReadAllLines($"{home}/commands.txt"))
    {
        replay.Append("--print").AppendQuoted(command);
    }

    Run(artifacts.CombineWithFilePath("ctrack"), replay);
    Information($"What left the router: {root.GetRelativePath(results)}/lan-out.pcap and wan-out.pcap.");
});

RunTarget(target);
