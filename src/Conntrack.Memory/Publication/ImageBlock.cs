using System.Runtime.InteropServices;
using Conntrack.Native;

namespace Conntrack.Memory.Publication;

/// <summary>
/// Owner of an image's memory until it is published, and of what never is. Freed by <see cref="Dispose"/> alone: a finalizer would pull
/// the image from under a worker the moment nobody on the managed side remembered them.
/// </summary>
/// <typeparam name="TImage">What the block is read as; begins with an <see cref="ImageHeader"/>.</typeparam>
public sealed unsafe class ImageBlock<TImage> : IDisposable
    where TImage : unmanaged
{
    const nuint CacheLine = 64;
    const nuint HugePage = 2u << 20;

    TImage* _image;

    ImageBlock(TImage* image, nuint bytes)
    {
        _image = image;
        ByteSize = bytes;
    }

    /// <summary>The image; null when it was freed or given to a publisher.</summary>
    public TImage* Image => _image;

    /// <summary>Bytes of the block.</summary>
    public nuint ByteSize { get; }

    /// <summary>A block of zeros; it says itself how large it is.</summary>
    public static ImageBlock<TImage> Allocate(nuint bytes)
    {
        bool large = bytes >= HugePage;
        void* block = NativeMemory.AlignedAlloc(bytes, large ? HugePage : CacheLine);
        if (large)
        {
            // Advice: a search jumps all over the block, and every small page would be a translation of its own.
            _ = Libc.Madvise(block, bytes & ~(HugePage - 1), MemoryAdvice.Hugepage);
        }

        // Equal content gives equal bytes, gaps between parts included.
        NativeMemory.Clear(block, bytes);
        ((ImageHeader*)block)->TotalBytes = bytes;
        return new((TImage*)block, bytes);
    }

    /// <summary>Frees what <see cref="Release"/> handed over.</summary>
    public static void Free(TImage* image) => NativeMemory.AlignedFree(image);

    /// <summary>Hands the memory over to whoever will free it.</summary>
    public TImage* Release()
    {
        TImage* image = _image;
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
