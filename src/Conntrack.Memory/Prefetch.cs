using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace Conntrack.Memory;

/// <summary>Asks for a cache line long before it is used; a burst issues all of its lines before it reads the first.</summary>
public static unsafe class Prefetch
{
    /// <summary>Into all cache levels. Any address is allowed: a prefetch never faults.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Line(void* address) => Sse.Prefetch0(address);

    /// <summary>The line at <paramref name="address"/> and the one after it: a 128-byte record.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Pair(void* address)
    {
        Sse.Prefetch0(address);
        Sse.Prefetch0((byte*)address + 64);
    }
}
