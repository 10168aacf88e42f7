using System.Collections.Concurrent;
using System.Runtime.InteropServices;

namespace Conntrack.Rig;

/// <summary>
/// What a run has to undo even when it is interrupted: processes that are stopped would stay so, reserved memory would stay reserved.
/// </summary>
sealed class Interruption : IDisposable
{
    const int InterruptedExitCode = 130;

    static readonly ConcurrentDictionary<IDisposable, byte> s_pending = new();

    readonly PosixSignalRegistration[] _signals =
        [.. new[] { PosixSignal.SIGINT, PosixSignal.SIGTERM, PosixSignal.SIGHUP }.Select(signal => PosixSignalRegistration.Create(signal, Undo))];

    /// <summary>Will be disposed of when the run is interrupted before <see cref="Done"/>.</summary>
    public static void Undoes(IDisposable what) => s_pending[what] = 0;

    public static void Done(IDisposable what) => s_pending.TryRemove(what, out _);

    static void Undo(PosixSignalContext context)
    {
        context.Cancel = true;
        foreach (IDisposable what in s_pending.Keys)
        {
            what.Dispose();
        }

        Environment.Exit(InterruptedExitCode);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (PosixSignalRegistration signal in _signals)
        {
            signal.Dispose();
        }
    }
}
