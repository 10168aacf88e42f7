using System.Runtime.InteropServices;

namespace Conntrack.Memory.Publication;

/// <summary>
/// The control side of a <see cref="ImagePublication"/>: publishes images and frees them when nobody can see them any more. Not thread-safe;
/// configuration changes come one after the other.
/// </summary>
/// <typeparam name="TImage">The image; begins with an <see cref="ImageHeader"/>.</typeparam>
public sealed unsafe class ImagePublisher<TImage> : IDisposable
    where TImage : unmanaged
{
    ImagePublication* _publication;
    readonly int _workers;
    readonly Queue<Retired> _retired = new();

    /// <summary>An image that is no longer current, and the generation that took its place.</summary>
    readonly struct Retired(TImage* image, ulong generation)
    {
        public readonly TImage* Image = image;
        public readonly ulong ReplacedBy = generation;
    }

    /// <summary>Publishes <paramref name="first"/> as generation 1, before any worker runs.</summary>
    /// <param name="workers">1 to <see cref="ImagePublication.MostWorkers"/>.</param>
    /// <param name="first">Becomes the publisher's.</param>
    public ImagePublisher(int workers, ImageBlock<TImage> first)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(workers, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(workers, ImagePublication.MostWorkers);
        _workers = workers;
        _publication = (ImagePublication*)NativeMemory.AlignedAlloc(ImagePublication.ByteSize, 64);
        NativeMemory.Clear(_publication, ImagePublication.ByteSize);
        Show(first.Release());
    }

    /// <summary>The shared memory, for the workers.</summary>
    public ImagePublication* Publication => _publication;

    /// <summary>Generation of the current image.</summary>
    public ulong Generation { get; private set; }

    /// <summary>Images that some worker may still use.</summary>
    public int Waiting => _retired.Count;

    /// <summary>True when every running worker uses the current image.</summary>
    public bool IsAcknowledged => EarliestInUse() >= Generation;

    /// <summary>Makes the image current and frees what can be freed. Workers see it at their next burst.</summary>
    /// <param name="image">Becomes the publisher's.</param>
    /// <returns>Its generation.</returns>
    public ulong Publish(ImageBlock<TImage> image)
    {
        TImage* before = ImagePublication.Current<TImage>(_publication);
        Show(image.Release());
        _retired.Enqueue(new Retired(before, Generation));
        Reclaim();
        return Generation;
    }

    /// <summary>Frees every image that no running worker can see. Cheap; called by the housekeeping of the control side.</summary>
    /// <returns>Images still waiting.</returns>
    public int Reclaim()
    {
        ulong earliest = EarliestInUse();
        while (_retired.TryPeek(out Retired retired) && retired.ReplacedBy <= earliest)
        {
            ImageBlock<TImage>.Free(_retired.Dequeue().Image);
        }

        return _retired.Count;
    }

    /// <summary>Frees everything. Workers must have gone offline.</summary>
    /// <exception cref="InvalidOperationException">A worker still runs.</exception>
    public void Dispose()
    {
        if (_publication == null)
        {
            return;
        }

        if (EarliestInUse() != ulong.MaxValue)
        {
            throw new InvalidOperationException("Images are freed after the last worker stopped.");
        }

        Reclaim();
        ImageBlock<TImage>.Free(ImagePublication.Current<TImage>(_publication));
        NativeMemory.AlignedFree(_publication);
        _publication = null;
    }

    void Show(TImage* image)
    {
        ((ImageHeader*)image)->Generation = ++Generation;
        ImagePublication.Publish(_publication, (ImageHeader*)image);
    }

    /// <summary>The earliest generation a running worker may use; <see cref="ulong.MaxValue"/> when none runs.</summary>
    ulong EarliestInUse()
    {
        ulong earliest = ulong.MaxValue;
        for (int worker = 0; worker < _workers; worker++)
        {
            ulong acknowledged = ImagePublication.AcknowledgedBy(_publication, worker);
            earliest = acknowledged == ImagePublication.Offline ? earliest : Math.Min(earliest, acknowledged);
        }

        return earliest;
    }
}
