namespace Conntrack.Fuzz;

/// <summary>Bytes this thread takes from the managed heap between two points. What is measured ran before: the first time statics may be made.</summary>
readonly ref struct Allocation
{
    readonly long _before = GC.GetAllocatedBytesForCurrentThread();

    public Allocation()
    {
    }

    public bool IsNone => GC.GetAllocatedBytesForCurrentThread() == _before;
}
