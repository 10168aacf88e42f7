using System.Runtime.InteropServices;

namespace Conntrack.Memory.Publication;

/// <summary>
/// What every published image begins with. An image is one block of native memory that never changes once workers can see it.
/// </summary>
/// <remarks><code>
///  0 total bytes (8)   8 generation (8)
/// 16
/// </code></remarks>
[StructLayout(LayoutKind.Explicit, Size = ByteSize)]
public struct ImageHeader
{
    /// <summary>Bytes of this struct.</summary>
    public const int ByteSize = 16;

    /// <summary>Bytes of the whole block.</summary>
    [FieldOffset(0)] public ulong TotalBytes;

    /// <summary>Which edition of its content this is, from 1 up; 0 until it is published.</summary>
    [FieldOffset(8)] public ulong Generation;
}
