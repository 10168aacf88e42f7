using System.Diagnostics;
using System.Globalization;

namespace Conntrack.Rig;

/// <summary>
/// A process that forwards the source's packets on the measured core. Several share that core: all but one are stopped at any time, so
/// they take turns within seconds and see the same state of the machine.
/// </summary>
abstract class PollingProcess : Contender
{
    /// <summary>Connections opened a second at least; with a warm-up of many, patience has to last.</summary>
    const uint SlowestOpening = 200_000;

    readonly TimeSpan _patience;
    readonly bool _realTime;
    bool _stopped;
    bool _isDisposed;

    protected PollingProcess(string name, Workload workload, bool realTime)
        : base(name)
    {
        Workload = workload;
        _patience = TimeSpan.FromSeconds(90 + (workload.Connections / SlowestOpening));
        _realTime = realTime;
        Counters = new CounterPage(name);
        Interruption.Undoes(this);
    }

    public CounterPage Counters { get; }

    protected Workload Workload { get; }

    protected Process Process { get; private set; } = null!;

    /// <summary>Lines of its standard error, for when it fails.</summary>
    protected List<string> Complaints { get; } = [];

    /// <summary>Starts the process, waits until it does its work, and leaves it stopped.</summary>
    public override void Launch()
    {
        ProcessStartInfo start = Command();
        start.RedirectStandardInput = true;
        start.RedirectStandardOutput = true;
        start.RedirectStandardError = true;
        Process = Process.Start(start) ?? throw new RigException($"{start.FileName} did not start");
        Process.ErrorDataReceived += (_, line) => Remember(line.Data);
        Process.BeginErrorReadLine();
        Started();
        if (_realTime)
        {
            int? worker = null;
            WaitFor(() => (worker = WorkerThread()) != null, "has no polling thread");
            Linux.MakeRealTime(worker!.Value);
        }

        WaitFor(IsReady, "was not ready");
        Warmed();
        Pause();
    }

    /// <summary>Runs for so many windows after one that is not counted.</summary>
    public override void TakeTurn(int windows, TimeSpan length)
    {
        Resume();
        Thread.Sleep(length / 2);
        Windows.Measure(Counters, windows, length);
        Pause();
    }

    public void Resume()
    {
        Linux.Continue(Process.Id);
        _stopped = false;
    }

    public void Pause()
    {
        Linux.Stop(Process.Id);
        _stopped = true;
    }

    protected abstract ProcessStartInfo Command();

    /// <summary>The process was started; its streams may be taken over.</summary>
    protected abstract void Started();

    protected abstract bool IsReady();

    /// <summary>It does its work and was not stopped yet.</summary>
    protected virtual void Warmed()
    {
    }

    /// <summary>Kernel id of the thread that polls; null while it is not there yet.</summary>
    protected abstract int? WorkerThread();

    /// <summary>The thread of the process whose name has these words in it.</summary>
    protected int? ThreadNamed(string words)
    {
        foreach (string task in Directory.EnumerateDirectories($"/proc/{Process.Id}/task"))
        {
            if (File.ReadAllText(Path.Combine(task, "comm")).Contains(words, StringComparison.Ordinal))
            {
                return int.Parse(Path.GetFileName(task), CultureInfo.InvariantCulture);
            }
        }

        return null;
    }

    protected void Remember(string? line)
    {
        if (line != null)
        {
            lock (Complaints)
            {
                Complaints.Add(line);
            }
        }
    }

    protected void WaitFor(Func<bool> condition, string otherwise)
    {
        var clock = Stopwatch.StartNew();
        while (!condition())
        {
            if (Process.HasExited || clock.Elapsed > _patience)
            {
                string said;
                lock (Complaints)
                {
                    said = string.Join('\n', Complaints.TakeLast(20));
                }

                throw new RigException(Process.HasExited ? $"{Name} ended with {Process.ExitCode}:\n{said}" : $"{Name} {otherwise}:\n{said}");
            }

            Thread.Sleep(5);
        }
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        Interruption.Done(this);
        if (_isDisposed)
        {
            return;
        }

        _isDisposed = true;
        if (Process is { HasExited: false })
        {
            // A stopped process does not see a signal to end before it goes on; SIGKILL it does.
            Process.Kill();
            Process.WaitForExit();
        }

        Process?.Dispose();
        Counters.Dispose();
        base.Dispose();
    }

    public void Awake()
    {
        if (_stopped)
        {
            Resume();
        }
    }
}
