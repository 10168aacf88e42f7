using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Diagnosers;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;
using Perfolizer.Horology;

// --disasm prints the code of each benchmark; --full takes BenchmarkDotNet's own time; anything else is BenchmarkDotNet's.
bool disassemble = args.Contains("--disasm");
bool full = args.Contains("--full");
string[] rest = [.. args.Where(argument => argument is not ("--disasm" or "--full"))];

Job job = full
    ? Job.Default
    : Job.Default.WithWarmupCount(2).WithIterationCount(8).WithIterationTime(TimeInterval.FromMilliseconds(50));
string artifacts = Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "../../.."));
ManualConfig config = ManualConfig.Create(DefaultConfig.Instance)
    .HideColumns(Column.Error, Column.RatioSD)
    .AddColumn(StatisticColumn.Min) // what a shared machine cannot spoil
    .AddJob(disassemble
        ? job.WithArguments([new MsBuildArgument($"/p:NativeArtifactsPath={artifacts}/native/")])
        : job.WithToolchain(InProcessEmitToolchain.Instance))
    .WithOptions(ConfigOptions.JoinSummary)
    .WithArtifactsPath(Path.Combine(artifacts, "bench/microbench"));
if (disassemble)
{
    // The disassembler reads another process, which BenchmarkDotNet builds with an artifacts folder of its own; the shim is in ours.
    config.AddDiagnoser(new DisassemblyDiagnoser(new DisassemblyDiagnoserConfig(maxDepth: 3)));
}

BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(rest.Length == 0 ? ["--filter", "*"] : rest, config);
