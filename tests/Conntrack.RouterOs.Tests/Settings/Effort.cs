using System.Diagnostics;

namespace Conntrack.RouterOs.Tests.Settings;

/// <summary>How long something took: by the clock or in processor time of all threads, whichever is less, for others use the machine too.</summary>
sealed class Effort
{
    readonly Stopwatch _clock = Stopwatch.StartNew();
    readonly TimeSpan _before = Environment.CpuUsage.TotalTime;

    public TimeSpan Elapsed
    {
        get
        {
            TimeSpan used = Environment.CpuUsage.TotalTime - _before;
            return used < _clock.Elapsed ? used : _clock.Elapsed;
        }
    }
}
