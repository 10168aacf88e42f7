using System.Runtime.InteropServices;
using Conntrack.Native;

namespace Conntrack.Budget;

/// <summary>Time as the worker sees it (clock.c).</summary>
static partial class Clock
{
    /// <summary>What a burst takes in real life, more or less.</summary>
    const ulong BurstNanoseconds = 1600;
    const ulong NanosecondsInSecond = 1_000_000_000;

    /// <summary>From here on it goes by from burst to burst only.</summary>
    [LibraryImport("budget_clock", EntryPoint = "budget_clock_stop")]
    public static partial void Stop();

    public static void Advance() => Advance(Tsc.Frequency() * BurstNanoseconds / NanosecondsInSecond);

    [LibraryImport("budget_clock", EntryPoint = "budget_clock_advance")]
    private static partial void Advance(ulong ticks);
}
