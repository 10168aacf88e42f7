using System.Runtime.InteropServices;

namespace Conntrack.Memory.Publication;

/// <summary>
/// Where workers find an image, of the rules or of the routes, and say which edition of it they use. Native memory that both runtimes map:
/// one word written by the control side, one by each worker.
/// </summary>
/// <remarks>
/// <para>Reclamation goes by quiescent states. A worker asks for the image at the beginning of a burst and keeps no pointer into it from
/// one burst to the next, so by acknowledging a generation it says that it holds nothing older. The control side stores the new pointer
/// and frees an image when every running worker has acknowledged a later one.</para>
/// <para>That is one pointer and one word for each worker, which is why librte_rcu is not asked: its QSBR variable counts tokens for
/// readers it does not know and any number of objects, and reporting through it would be a call into C for every burst. Here a burst
/// costs one load and a comparison.</para>
/// <para>Order. The generation stands inside the image, so pointer and generation change in one store. The acknowledgement is a release
/// store after the last use of the image before. The only place where a load must not pass an earlier store is where a worker begins to
/// run: it announces itself, then loads the pointer; the publisher stores the pointer, then looks who runs. Both put a full fence
/// between, so that one of them sees the other.</para>
/// <code>
///    0  image (8)   8 … 64 spare
///   64  worker 0: acknowledged generation (8), 56 spare    128  worker 1 …    one cache line each
/// 4160
/// </code></remarks>
[StructLayout(LayoutKind.Explicit, Size = ByteSize)]
public unsafe struct ImagePublication
{
    public const int ByteSize = LineSize * (1 + MostWorkers);

    /// <summary>Workers that can take part.</summary>
    public const int MostWorkers = 64;

    /// <summary>Acknowledged by a worker that does not run and uses no image.</summary>
    public const ulong Offline = 0;

    const int LineSize = 64;

    [FieldOffset(0)] internal ImageHeader* Image;
    [FieldOffset(LineSize)] internal ulong Acknowledged;

    /// <summary>The image now; never null once a publisher has been made.</summary>
    public static TImage* Current<TImage>(ImagePublication* publication)
        where TImage : unmanaged => (TImage*)Volatile.Read(ref *(nint*)&publication->Image);

    /// <summary>Worker: begins to use images. The one returned is good until the next <see cref="Refresh"/>.</summary>
    public static TImage* GoOnline<TImage>(ImagePublication* publication, int worker)
        where TImage : unmanaged
    {
        // The lowest generation there is holds on to every image, whichever the load below finds.
        Volatile.Write(ref *WordOf(publication, worker), 1);
        Interlocked.MemoryBarrier();
        TImage* image = Current<TImage>(publication);
        Volatile.Write(ref *WordOf(publication, worker), ((ImageHeader*)image)->Generation);
        return image;
    }

    /// <summary>
    /// Worker, at a burst's beginning: the image for this burst. Whatever <paramref name="used"/> pointed to may be gone after it.
    /// </summary>
    /// <param name="publication">Where the image is published.</param>
    /// <param name="worker">The calling worker.</param>
    /// <param name="used">The image of the burst before.</param>
    public static TImage* Refresh<TImage>(ImagePublication* publication, int worker, TImage* used)
        where TImage : unmanaged
    {
        TImage* image = Current<TImage>(publication);
        if (image != used)
        {
            Volatile.Write(ref *WordOf(publication, worker), ((ImageHeader*)image)->Generation);
        }

        return image;
    }

    /// <summary>Worker: stops using images; a stopped worker holds up nobody.</summary>
    public static void GoOffline(ImagePublication* publication, int worker) => Volatile.Write(ref *WordOf(publication, worker), Offline);

    /// <summary>What a worker has acknowledged; <see cref="Offline"/> when it does not run.</summary>
    public static ulong AcknowledgedBy(ImagePublication* publication, int worker) => Volatile.Read(ref *WordOf(publication, worker));

    internal static void Publish(ImagePublication* publication, ImageHeader* image)
    {
        Volatile.Write(ref *(nint*)&publication->Image, (nint)image);
        Interlocked.MemoryBarrier();
    }

    static ulong* WordOf(ImagePublication* publication, int worker) =>
        (ulong*)((byte*)&publication->Acknowledged + ((nint)worker * LineSize));
}
