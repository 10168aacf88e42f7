using System.ComponentModel;
using System.Runtime.InteropServices;

namespace Conntrack.Rig;

/// <summary>What the rig asks of the kernel about other processes.</summary>
static unsafe partial class Linux
{
    const int SigTerm = 15;
    const int SigCont = 18;
    const int SigStop = 19;
    const int SchedFifo = 1;

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static partial int Kill(int process, int signal);

    [LibraryImport("libc", EntryPoint = "sched_setscheduler", SetLastError = true)]
    private static partial int SetScheduler(int thread, int policy, int* priority);

    /// <summary>Takes every thread of a process off its CPU until <see cref="Continue"/>.</summary>
    public static void Stop(int process) => Check(Kill(process, SigStop), $"stopping process {process}");

    /// <summary>Asks a process to end.</summary>
    public static void Terminate(int process) => Check(Kill(process, SigTerm), $"ending process {process}");

    public static void Continue(int process) => Check(Kill(process, SigCont), $"continuing process {process}");

    /// <summary>
    /// The thread runs before everything else on its CPU. A nice value would not do: with autogroups it counts among the threads of one
    /// session only.
    /// </summary>
    public static void MakeRealTime(int thread)
    {
        int priority = 20;
        Check(SetScheduler(thread, SchedFifo, &priority), $"SCHED_FIFO for thread {thread}");
    }

    static void Check(int status, string attempt)
    {
        if (status < 0)
        {
            throw new Win32Exception(Marshal.GetLastPInvokeError(), $"{attempt}: {Marshal.GetLastPInvokeErrorMessage()}");
        }
    }
}
