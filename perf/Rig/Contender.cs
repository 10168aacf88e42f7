using System.Diagnostics;

namespace Conntrack.Rig;

/// <summary>
/// A process that forwards the source's packets on the measured core. Several share that core: all but one are stopped at any time, so
/// they take turns within seconds and see the same state of the machine.
/// </summary>
abstract class Contender : IDisposable
{
    static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);

    readonly bool _realTime;
    bool _stopped;

    protected Contender(string name, Workload workload, bool realTime)
    {
        Name = name;
        Workload = workload;
        _realTime = realTime;
        Counters = new CounterPage(name);
        Interruption.Undoes(this);
    }

    public string Name { get; }

    /// <summary>What it did, window by window.</summary>
    public Windows Windows { get; } = new();

    public CounterPage Counters { get; }

    protected Workload Workload { get; }

    protected Process Process { get; private set; } = null!;

    /// <summary>Lines of its standard error, for when it fails.</summary>
    protected List<string> Complaints { get; } = [];

    /// <summary>Starts the process, waits until it does its work, and leaves it stopped.</summary>
    public void Launch()
    {
        ProcessStartInfo start = Command();
        start.RedirectStandardInput = true;
        start.RedirectStandardOutput = true;
        start.RedirectStandardError = true;
        Process = Process.Start(start) ?? throw new RigException($"{start.FileName} did not start");
        Process.ErrorDataReceived += (_, line) => Remember(line.Data);
        Process.BeginErrorReadLine();
        Started();
        WaitFor(IsReady, "was not ready");
        if (_realTime)
        {
            Linux.MakeRealTime(WorkerThread());
        }

        Pause();
    }

    /// <summary>Runs for so many windows after one that is not counted.</summary>
    public void TakeTurn(int windows, TimeSpan length)
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

    /// <summary>Kernel id of the thread that polls.</summary>
    protected abstract int WorkerThread();

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
            if (Process.HasExited || clock.Elapsed > s_patience)
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
    public virtual void Dispose()
    {
        Interruption.Done(this);
        if (Process is { HasExited: false })
        {
            // A stopped process does not see a signal to end before it goes on; SIGKILL it does.
            Process.Kill();
            Process.WaitForExit();
        }

        Process?.Dispose();
        Counters.Dispose();
        GC.SuppressFinalize(this);
    }

    protected void Awake()
    {
        if (_stopped)
        {
            Resume();
        }
    }
}
