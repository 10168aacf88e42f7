using System.Runtime.InteropServices;

namespace Conntrack.Dataplane.Hosting;

/// <summary>Zeroed blocks on cache-line boundaries that live as long as the dataplane they belong to.</summary>
sealed unsafe class SharedMemory : IDisposable
{
    readonly List<nint> _blocks = [];

    public T* Allocate<T>(uint count)
        where T : unmanaged
    {
        nuint bytes = Math.Max(count, 1) * (nuint)sizeof(T);
        void* block = NativeMemory.AlignedAlloc(bytes, 64);
        NativeMemory.Clear(block, bytes);
        _blocks.Add((nint)block);
        return (T*)block;
    }

    public void Dispose()
    {
        foreach (nint block in _blocks)
        {
            NativeMemory.AlignedFree((void*)block);
        }

        _blocks.Clear();
    }
}
