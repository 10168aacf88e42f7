namespace Conntrack.Native;

/// <summary>
/// Longest-prefix match of one family, from addresses to numbers of next hops. One writer; nobody may look anything up while it writes, so
/// a router keeps two and writes the one that no worker uses. Needs a running <see cref="EalSession"/>, whose memory it lives in.
/// </summary>
public sealed unsafe class ForwardingTable : IDisposable
{
    /// <summary>The largest number of a next hop: the direct tables hold 15 bits.</summary>
    public const ushort MostNextHop = 32767;

    static int s_names;

    readonly int _family;
    Fib* _fib;

    /// <param name="isIpv6">Its family.</param>
    /// <param name="dense">A direct table (32 MB, one or two cache lines a lookup) instead of a tree, which suits a few prefixes.</param>
    /// <param name="routes">The most prefixes it will hold.</param>
    /// <exception cref="NativeException">No memory.</exception>
    public ForwardingTable(bool isIpv6, bool dense, uint routes)
    {
        _family = isIpv6 ? 6 : 4;
        Fib* fib;
        NativeException.ThrowIfFailed(
            Fibs.Create($"fib{Interlocked.Increment(ref s_names)}", _family, dense ? 1 : 0, routes, &fib),
            $"forwarding table for {routes} routes");
        _fib = fib;
        IsDense = dense;
        Routes = routes;
    }

    public bool IsDense { get; }

    /// <summary>The most prefixes it can hold.</summary>
    public uint Routes { get; }

    /// <summary>For the workers.</summary>
    public Fib* Fib => _fib;

    /// <summary>Adds a prefix or changes its next hop, 1 to <see cref="MostNextHop"/>.</summary>
    /// <param name="prefix">4 or 16 bytes, network order, host bits zero.</param>
    /// <param name="length">Bits, at least 1: in DPDK 22.11 a default route overwrites what a direct table holds already.</param>
    /// <param name="nextHop">What addresses under it lead to.</param>
    /// <exception cref="NativeException">The table is full.</exception>
    public void Set(ReadOnlySpan<byte> prefix, int length, ushort nextHop)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(length, 1);
        fixed (byte* bytes = prefix)
            NativeException.ThrowIfFailed(Fibs.Set(_family, _fib, bytes, (byte)length, nextHop), "forwarding table");
    }

    /// <summary>Removes a prefix that is there.</summary>
    /// <exception cref="NativeException">It is not.</exception>
    public void Unset(ReadOnlySpan<byte> prefix, int length)
    {
        fixed (byte* bytes = prefix)
            NativeException.ThrowIfFailed(Fibs.Unset(_family, _fib, bytes, (byte)length), "forwarding table");
    }

    /// <summary>Gives the memory back; no worker may use it any more.</summary>
    public void Dispose()
    {
        if (_fib is not null && EalSession.IsRunning)
            Fibs.Free(_family, _fib);
        _fib = null;
    }
}
