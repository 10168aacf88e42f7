using System.IO.MemoryMappedFiles;
using System.Runtime.InteropServices;

namespace Conntrack.Rig;

/// <summary>What a queue of a port of the packet source counts; struct flowgen_counters of native/net_flowgen.h, 128 bytes.</summary>
[StructLayout(LayoutKind.Sequential, Size = 128)]
struct SourceCounters
{
    /// <summary>Frames that were received from the port.</summary>
    public ulong Made;

    /// <summary>Frames that were sent to it.</summary>
    public ulong Swallowed;

    /// <summary>Polls that found no buffer.</summary>
    public ulong NoMbuf;

    /// <summary>Sent frames whose checksums were verified, and those that were wrong.</summary>
    public ulong Sampled, Bad;

    /// <summary>Sampled frames with translated addresses.</summary>
    public ulong Translated;

    /// <summary>Flows whose first packet was made.</summary>
    public ulong Opened;

    /// <summary>1 once every flow was opened.</summary>
    public ulong Warm;

    /// <summary>Where frames come at a rate: established ones that found the ring full.</summary>
    public ulong Missed;

    /// <summary>Frames of an attack: received, those that found the ring full, and sent on.</summary>
    public ulong Attacks, AttacksMissed, AttacksSwallowed;
}

/// <summary>
/// The source's counters, mapped from the process that polls it. The same words are read for every contender, whatever it counts itself.
/// </summary>
sealed unsafe class CounterPage : IDisposable
{
    const int Queues = 16;
    const int Bytes = Queues * 128;

    readonly MemoryMappedFile _file;
    readonly MemoryMappedViewAccessor _view;
    readonly SourceCounters* _counters;

    public CounterPage(string name)
    {
        FilePath = Path.Combine("/dev/shm", $"ctrack-rig-{Environment.ProcessId}-{name}");
        using (var stream = new FileStream(FilePath, FileMode.Create, FileAccess.ReadWrite, FileShare.ReadWrite))
        {
            stream.SetLength(Bytes);
        }

        _file = MemoryMappedFile.CreateFromFile(FilePath, FileMode.Open);
        _view = _file.CreateViewAccessor(0, Bytes);
        byte* start = null;
        _view.SafeMemoryMappedViewHandle.AcquirePointer(ref start);
        _counters = (SourceCounters*)start;
    }

    /// <summary>What the source is told as <c>counters=</c>.</summary>
    public string FilePath { get; }

    /// <summary>Sum of all ports' queues.</summary>
    public SourceCounters Read()
    {
        SourceCounters sum = default;
        for (int queue = 0; queue < Queues; queue++)
        {
            SourceCounters* counters = _counters + queue;
            sum.Made += Volatile.Read(ref counters->Made);
            sum.Swallowed += Volatile.Read(ref counters->Swallowed);
            sum.NoMbuf += Volatile.Read(ref counters->NoMbuf);
            sum.Sampled += Volatile.Read(ref counters->Sampled);
            sum.Bad += Volatile.Read(ref counters->Bad);
            sum.Translated += Volatile.Read(ref counters->Translated);
            sum.Opened += Volatile.Read(ref counters->Opened);
            sum.Warm += Volatile.Read(ref counters->Warm);
            sum.Missed += Volatile.Read(ref counters->Missed);
            sum.Attacks += Volatile.Read(ref counters->Attacks);
            sum.AttacksMissed += Volatile.Read(ref counters->AttacksMissed);
            sum.AttacksSwallowed += Volatile.Read(ref counters->AttacksSwallowed);
        }

        return sum;
    }

    public void Dispose()
    {
        _view.SafeMemoryMappedViewHandle.ReleasePointer();
        _view.Dispose();
        _file.Dispose();
        File.Delete(FilePath);
    }
}
