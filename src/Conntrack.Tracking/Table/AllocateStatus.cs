namespace Conntrack.Tracking.Table;

/// <summary>Why <see cref="ConnectionTable{TRecord}.Allocate"/> gave a record, or none.</summary>
public enum AllocateStatus : byte
{
    Allocated = 0,

    /// <summary>As many connections as allowed, and none of them may be evicted.</summary>
    Full = 1,

    /// <summary>The control thread has not committed the memory yet, or the machine has none; the next packet may succeed.</summary>
    WaitingForMemory = 2,
}
