using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Conntrack.Tracking.Talkers;

/// <summary>
/// Who opens connections and whose packets are dropped, of one worker, a window at a time: while the worker counts in one, the control side reads
/// the one before, which nobody writes any more.
/// </summary>
/// <remarks>
/// The first <see cref="Exact"/> events of a window are all counted. Beyond, a flood is under way, and one of thirty-two stands for those since
/// the one before: which one is drawn, so that no pattern hides from it. The sum of what is counted is the number of events in any case.
/// <code>
///   0 window asked for (4)   4 window (4)   8 random (8)   16 until the next sample (2 × 4)   24 stands for (2 × 4)   32 counted (2 × 4)
///  40 spare (24)
///  64 counts [last bit of the window][kind][source, destination] (8 × 16448)
/// 131648
/// </code></remarks>
[StructLayout(LayoutKind.Explicit, Size = ByteSize)]
public unsafe struct TalkerSketch
{
    /// <summary>Events of a kind in a window that are counted one by one.</summary>
    public const uint Exact = 4096;

    const int TablesOfWindow = 2 * (int)TalkerKind.Count;

    /// <summary>Bytes of this struct.</summary>
    public const int ByteSize = 64 + (2 * TablesOfWindow * TalkerCounts.ByteSize);

    [FieldOffset(0)] uint _asked;
    [FieldOffset(4)] uint _window;
    [FieldOffset(8)] ulong _random;
    [FieldOffset(16)] fixed int _until[(int)TalkerKind.Count];
    [FieldOffset(24)] fixed uint _standsFor[(int)TalkerKind.Count];
    [FieldOffset(32)] fixed uint _counted[(int)TalkerKind.Count];
    [FieldOffset(64)] fixed byte _counts[2 * TablesOfWindow * TalkerCounts.ByteSize];

    /// <summary>Makes zeroed memory a sketch.</summary>
    public static void Initialize(TalkerSketch* sketch, ulong seed)
    {
        sketch->_random = seed | 1;
        Begin(sketch);
    }

    /// <summary>Control side: lets the worker begin another window between two bursts. Not before it <see cref="HasTurned"/>.</summary>
    public static void Turn(TalkerSketch* sketch) => Volatile.Write(ref sketch->_asked, sketch->_asked + 1);

    /// <summary>Control side: whether the worker has begun the window that was asked for last.</summary>
    public static bool HasTurned(TalkerSketch* sketch) => Volatile.Read(ref sketch->_window) == sketch->_asked;

    /// <summary>Control side: what was counted in the window before the one under way.</summary>
    public static TalkerCounts* Last(TalkerSketch* sketch, TalkerKind kind, bool source) => Of(sketch, sketch->_window + 1, kind, source);

    /// <summary>Worker, between two bursts: begins the window that was asked for.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Follow(TalkerSketch* sketch)
    {
        if (Volatile.Read(ref sketch->_asked) != sketch->_window)
        {
            TurnOver(sketch);
        }
    }

    /// <summary>Worker: something happened. True when it is to be counted, by <see cref="Add"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool IsSampled(TalkerSketch* sketch, TalkerKind kind) => --sketch->_until[(int)kind] <= 0;

    /// <summary>Worker: counts what <see cref="IsSampled"/> said is to be counted.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static void Add(TalkerSketch* sketch, TalkerKind kind, in TalkerPair talkers)
    {
        uint weight = sketch->_standsFor[(int)kind];
        TalkerCounts.Add(Of(sketch, sketch->_window, kind, source: true), talkers.Source, weight);
        TalkerCounts.Add(Of(sketch, sketch->_window, kind, source: false), talkers.Destination, weight);
        uint next = 1;
        if (++sketch->_counted[(int)kind] >= Exact)
        {
            // xorshift64: one to 63, thirty-two at a mean.
            ulong random = sketch->_random;
            random ^= random << 13;
            random ^= random >> 7;
            random ^= random << 17;
            sketch->_random = random;
            next = 1 + (uint)((random >> 32) * 63 >> 32);
        }

        sketch->_standsFor[(int)kind] = next;
        sketch->_until[(int)kind] = (int)next;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    static void TurnOver(TalkerSketch* sketch)
    {
        uint next = sketch->_asked;
        NativeMemory.Clear(Of(sketch, next, TalkerKind.Opened, source: true), TablesOfWindow * TalkerCounts.ByteSize);
        Begin(sketch);
        Volatile.Write(ref sketch->_window, next);
    }

    static void Begin(TalkerSketch* sketch)
    {
        for (int kind = 0; kind < (int)TalkerKind.Count; kind++)
        {
            sketch->_until[kind] = 1;
            sketch->_standsFor[kind] = 1;
            sketch->_counted[kind] = 0;
        }
    }

    static TalkerCounts* Of(TalkerSketch* sketch, uint window, TalkerKind kind, bool source) =>
        (TalkerCounts*)(sketch->_counts + (int)((((window & 1) * TablesOfWindow) + (2 * (uint)kind) + (source ? 0u : 1)) * TalkerCounts.ByteSize));
}
