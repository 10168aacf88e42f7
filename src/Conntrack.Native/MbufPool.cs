namespace Conntrack.Native;

/// <summary>
/// A pool of mbufs. <c>Count</c> is best a power of two less one; <c>dataRoom</c> is what one segment holds in bytes, its headroom of 128
/// included; <c>cache</c> the mbufs each registered thread keeps for itself, at most 512 and two thirds of the count.
/// </summary>
public sealed unsafe class MbufPool : IDisposable
{
    /// <summary>2 KiB of frame behind the headroom: one segment for every frame up to an MTU of 2030.</summary>
    public const ushort DefaultDataRoom = 2048 + 128;

    Mempool* _pool;

    /// <summary>The name is unique in the process and has at most 25 characters; socket is a NUMA node, -1 for any.</summary>
    public MbufPool(string name, uint count, ushort dataRoom = DefaultDataRoom, uint cache = 256, int socket = -1)
    {
        Mempool* pool;
        NativeException.ThrowIfFailed(Pools.Create(name, count, dataRoom, cache, socket, &pool), $"mbuf pool {name}");
        _pool = pool;
        Name = name;
        Count = count;
    }

    public string Name { get; }

    public uint Count { get; }

    public Mempool* Mempool => _pool;

    /// <summary>Mbufs not in use: exact only while no thread allocates or frees.</summary>
    public uint Available => Pools.Available(_pool);

    /// <summary>Gives the memory back; no mbuf of the pool may be in use. After the session there is none left to give.</summary>
    public void Dispose()
    {
        if (_pool is not null && EalSession.IsRunning)
            Pools.Free(_pool);
        _pool = null;
    }
}
