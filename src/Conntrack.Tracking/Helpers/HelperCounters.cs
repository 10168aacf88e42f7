using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Conntrack.Tracking.Helpers;

/// <summary>What one helper has done on a worker, and what it could not do; one writer, the worker.</summary>
/// <remarks><code>
///  0 parsed (8)   8 malformed (8)   16 expected (8)   24 refused (8)   32 rewritten (8)   40 left alone (8)   48
/// </code></remarks>
[StructLayout(LayoutKind.Sequential)]
public struct HelperCounters
{
    /// <summary>Messages read that say something a helper wants to know.</summary>
    public ulong Parsed;

    /// <summary>Messages that begin like one a helper wants and are none; passed unchanged.</summary>
    public ulong Malformed;

    /// <summary>Connections that are expected because of what was read.</summary>
    public ulong Expected;

    /// <summary>Connections announced that cannot be expected: no port, no room, or an address that is not the sender's to announce.</summary>
    public ulong Refused;

    /// <summary>Packets whose data left otherwise than it came.</summary>
    public ulong Rewritten;

    /// <summary>Packets that would have had to be changed and had no room, lay in several buffers, or held more than a packet's budget; passed unchanged.</summary>
    public ulong LeftAlone;

    /// <summary>Nothing has happened.</summary>
    public readonly bool IsZero => (Parsed | Malformed | Expected | Refused | Rewritten | LeftAlone) == 0;

    public static HelperCounters operator +(in HelperCounters a, in HelperCounters b) => new()
    {
        Parsed = a.Parsed + b.Parsed,
        Malformed = a.Malformed + b.Malformed,
        Expected = a.Expected + b.Expected,
        Refused = a.Refused + b.Refused,
        Rewritten = a.Rewritten + b.Rewritten,
        LeftAlone = a.LeftAlone + b.LeftAlone,
    };
}

/// <summary>The counters of every helper, by <see cref="HelperKind"/>.</summary>
[InlineArray(Kinds)]
public struct HelperCounterTable
{
    /// <summary>Kinds of helpers, and none, which counts connections that got no room for a helper's state.</summary>
    public const int Kinds = 8;

    HelperCounters _first;
}
