using System.Numerics;
using System.Runtime.InteropServices;
using Conntrack.Native;
using Conntrack.Tracking.Table;

namespace Conntrack.Dataplane.Steering;

/// <summary>
/// What several workers share to hand packets over: a ring from each to every other, a word for each that says which rings to look into, and
/// the index that says whose a connection is. A worker alone has none of it.
/// </summary>
/// <remarks>
/// The words: whoever has put something into a ring sets its bit in the consumer's, with a locked instruction, so the bit is never seen before
/// what it stands for; the consumer takes all bits at once and then looks. Nothing is missed, and rings that nobody uses cost one load a burst.
/// </remarks>
sealed unsafe class Exchange : IDisposable
{
    /// <summary>Places of all rings that lead to one worker, about; each has at least <see cref="FewestPlaces"/>.</summary>
    const uint Places = 4096;

    const uint FewestPlaces = 64, MostPlaces = 512;
    const nuint Line = 64;

    readonly byte* _rings;
    readonly nuint _ringBytes;
    readonly ulong* _attention;

    /// <param name="workers">2 to 64.</param>
    /// <param name="connections">That there may be at one time, of all workers.</param>
    /// <exception cref="OutOfMemoryException">No memory.</exception>
    public Exchange(uint workers, uint connections)
    {
        Workers = workers;
        uint places = Math.Clamp(BitOperations.RoundUpToPowerOf2(Places / workers), FewestPlaces, MostPlaces);
        _ringBytes = (Rings.Bytes(places) + Line - 1) & ~(Line - 1);
        _rings = (byte*)NativeMemory.AlignedAlloc(workers * workers * _ringBytes, Line);
        _attention = (ulong*)NativeMemory.AlignedAlloc(workers * Line, Line);
        NativeMemory.Clear(_attention, workers * Line);
        Index = (SteeringIndex*)NativeMemory.AlignedAlloc(SteeringIndex.ByteSize, Line);
        for (uint from = 0; from < workers; from++)
        {
            for (uint to = 0; to < workers; to++)
            {
                Rings.Initialize(Between(from, to), $"{from}to{to}", places);
            }
        }

        if (!SteeringIndex.TryCreate(Index, connections))
        {
            Dispose();
            throw new InsufficientMemoryException($"No memory for the steering index of {connections} connections.");
        }
    }

    /// <summary>How many there are.</summary>
    public uint Workers { get; }

    public SteeringIndex* Index { get; }

    /// <summary>The ring from one worker to another.</summary>
    public Ring* Between(uint from, uint to) => (Ring*)(_rings + (((from * Workers) + to) * _ringBytes));

    /// <summary>Bit n: worker n has put something into its ring to this one.</summary>
    public ulong* AttentionOf(uint worker) => _attention + (worker * Line / sizeof(ulong));

    /// <summary>Frees what is on its way. Every worker has stopped.</summary>
    void Drain()
    {
        Mbuf* frame;
        for (uint ring = 0; ring < Workers * Workers; ring++)
        {
            while (Rings.Dequeue(Between(0, ring), &frame, 1) != 0)
            {
                while (frame != null)
                {
                    Mbuf* next = HandedOver.In(frame)->Next;
                    Mbufs.FreeBulk(&frame, 1);
                    frame = next;
                }
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Drain();
        SteeringIndex.Release(Index);
        NativeMemory.AlignedFree(Index);
        NativeMemory.AlignedFree(_attention);
        NativeMemory.AlignedFree(_rings);
    }
}
