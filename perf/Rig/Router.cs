using System.Diagnostics;
using System.Text.Json;

namespace Conntrack.Rig;

/// <summary>Our dataplane, in a process of its own (<see cref="Subject"/>).</summary>
/// <param name="setting">Where it runs.</param>
/// <param name="workload">What it tracks.</param>
/// <param name="program">The rig program whose dataplane it is.</param>
sealed class Router(Setting setting, Workload workload, string program)
    : PollingProcess(NameOf(setting, workload, program), workload, setting.RealTime)
{
    /// <summary>What a SYN that nobody answers is kept for in a flood: long enough that its record and its index line left the caches.</summary>
    const uint FloodTimeoutMilliseconds = 250;

    /// <summary>Room for a flood of 12 million connections a second.</summary>
    const uint FloodEntries = 4 << 20;

    const uint RouterOsMaxEntries = 1 << 20;

    /// <summary>Times the established connections.</summary>
    const uint EntriesUnderAttack = 4;

    SubjectReport? _latest;

    /// <summary>Its counters' too, so no two of a row may have one.</summary>
    static string NameOf(Setting setting, Workload workload, string program) =>
        program != Environment.ProcessPath ? "ctrack-earlier"
        : workload.AttackPerSecond != 0 ? "ctrack-attacked"
        : setting.Workers == 1 ? "ctrack" : $"ctrack-{setting.Workers}";

    /// <summary>
    /// Under attack the table is to be full before the first turn that counts. Of millions that take a quarter of a minute to be opened the first would
    /// be idle for too long for a table that is nearly full: it gets a quarter more room.
    /// </summary>
    uint MaxEntries => Workload switch
    {
        { Kind: TrafficKind.Flood } => FloodEntries,
        { FramesPerSecond: not 0 } => EntriesUnderAttack * Workload.Connections,
        _ => Math.Max(RouterOsMaxEntries, Workload.Connections <= RouterOsMaxEntries ? 0 : Workload.Connections + (Workload.Connections / 4)),
    };

    /// <summary>The dataplane beside this program.</summary>
    public static Router Ours(Setting setting, Workload workload) => new(setting, workload, Environment.ProcessPath!);

    /// <inheritdoc/>
    public override double? BytesPerConnection =>
        _latest is { Connections: > 0 } report ? (double)report.MemoryGrowth / report.Connections : null;

    /// <summary>What it said last.</summary>
    public SubjectReport Report => _latest ?? throw new InvalidOperationException("It has not said anything yet.");

    protected override bool IsReady() =>
        Workload.Kind == TrafficKind.Flood ? Counters.Read().Swallowed != 0 : Counters.Read().Warm >= (ulong)setting.Workers;

    protected override ProcessStartInfo Command()
    {
        SubjectOrder order = new()
        {
            Dataplane = setting.Dataplane,
            WorkerCpu = setting.WorkerCpu,
            ControlCpus = setting.ControlCpus,
            Hugepages = setting.Hugepages,
            Burst = setting.Burst,
            Workers = setting.Workers,
            Plugin = setting.Plugin,
            Scripts = setting.Rules,
            FlowLines = setting.FlowLines,
            Devices = Workload.Devices(opensFlows: true, Counters.FilePath),
            MaxEntries = MaxEntries,
            SynSentMilliseconds = Workload.Kind == TrafficKind.Flood ? FloodTimeoutMilliseconds : null,
        };
        return new ProcessStartInfo(program) { ArgumentList = { "subject", JsonSerializer.Serialize(order) } };
    }

    /// <summary>The first report comes once the worker polls.</summary>
    protected override void Started() => Listen();

    protected override int? WorkerThread() => Report.WorkerThread == 0 ? null : Report.WorkerThread;

    /// <summary>Its counters between two turns: it goes on for as long as it takes to answer.</summary>
    public SubjectReport AskPaused()
    {
        Resume();
        SubjectReport report = Say("report");
        Pause();
        return report;
    }

    /// <summary>TSC cycles a packet by stage, over a while in which the worker measures itself; for this time alone it is slower.</summary>
    public IReadOnlyDictionary<string, double> Profile(TimeSpan length)
    {
        Resume();
        Say("measure");
        Thread.Sleep(length);
        SubjectReport report = Say("measured");
        Pause();
        return report.StageCycles;
    }

    /// <summary>Stops the worker; from then on the books are closed.</summary>
    public SubjectReport End()
    {
        Awake();
        SubjectReport report = Say("end");
        Process.WaitForExit();
        return report;
    }

    SubjectReport Say(string word)
    {
        Process.StandardInput.WriteLine(word);
        Process.StandardInput.Flush();
        Listen();
        return Report;
    }

    void Listen()
    {
        string? line = Process.StandardOutput.ReadLine();
        while (line != null && !line.StartsWith('{'))
        {
            Remember(line);
            line = Process.StandardOutput.ReadLine();
        }

        if (line == null)
        {
            Process.WaitForExit();
            throw new RigException($"{Name} ended with {Process.ExitCode}:\n{string.Join('\n', Complaints)}");
        }

        _latest = JsonSerializer.Deserialize<SubjectReport>(line)!;
    }
}
