using System.Runtime.InteropServices;
using Conntrack.Native;

namespace Conntrack.Firewall;

/// <summary>
/// Owner of an image's memory until it is published, and of what never is. Freed by <see cref="Dispose"/> alone: a finalizer would pull
/// the rules from under a worker the moment nobody on the managed side remembered them.
/// </summary>
public sealed unsafe class RuleImageBlock : IDisposable
{
    const nuint CacheLine = 64;
    const nuint HugePage = 2u << 20;

    RuleImage* _image;

    RuleImageBlock(RuleImage* image, nuint bytes)
    {
        _image = image;
        ByteSize = bytes;
    }

    /// <summary>The image; null when it was freed or given to a publisher.</summary>
    public RuleImage* Image => _image;

    /// <summary>Bytes of the block.</summary>
    public nuint ByteSize { get; }

    internal static RuleImageBlock Allocate(nuint bytes)
    {
        bool large = bytes >= HugePage;
        void* block = NativeMemory.AlignedAlloc(bytes, large ? HugePage : CacheLine);
        if (large)
        {
            // Advice: a search jumps all over the block, and every small page would be a translation of its own.
            _ = Libc.Madvise(block, bytes & ~(HugePage - 1), MemoryAdvice.Hugepage);
        }

        // Equal rules give equal bytes, gaps between parts included.
        NativeMemory.Clear(block, bytes);
        return new((RuleImage*)block, bytes);
    }

    internal static void Free(RuleImage* image) => NativeMemory.AlignedFree(image);

    /// <summary>Hands the memory over to whoever will free it.</summary>
    internal RuleImage* Release()
    {
        RuleImage* image = _image;
        ObjectDisposedException.ThrowIf(image == null, this);
        _image = null;
        return image;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Free(_image);
        _image = null;
    }
}
