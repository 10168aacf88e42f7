using System.Runtime.InteropServices;

namespace Conntrack.Tracking;

/// <summary>
/// TCP's own 48 bytes of a <see cref="Connection"/>, from offset 36 on: the last segment, and room for the windows of both directions.
/// </summary>
/// <remarks><code>
///   0 last segment: direction (1 bit), kind (3)   1 flags   2 … 48 windows, kept zero
/// </code></remarks>
[StructLayout(LayoutKind.Explicit, Size = ByteSize)]
public unsafe struct TcpFlow
{
    /// <summary>Bytes of this struct.</summary>
    public const int ByteSize = 48;

    /// <summary>Where it begins in a <see cref="Connection"/>.</summary>
    public const int OffsetInConnection = 36;

    const byte ClosedInOrderBit = 1;

    [FieldOffset(0)] byte _last;
    [FieldOffset(1)] byte _flags;

    /// <summary>The flow of a connection whose protocol is TCP.</summary>
    public static TcpFlow* Of(Connection* connection) => (TcpFlow*)((byte*)connection + OffsetInConnection);

    /// <summary>A FIN was seen: the connection ended, or is ending, in order.</summary>
    public bool ClosedInOrder
    {
        readonly get => (_flags & ClosedInOrderBit) != 0;
        set => _flags = (byte)(value ? _flags | ClosedInOrderBit : _flags & ~ClosedInOrderBit);
    }

    /// <summary>Remembers the latest segment of the connection.</summary>
    public void SetLast(int direction, TcpSegment segment) => _last = (byte)((direction << 3) | (int)segment);

    /// <summary>Whether the latest segment was of this direction and kind.</summary>
    public readonly bool LastIs(int direction, TcpSegment segment) => _last == (byte)((direction << 3) | (int)segment);
}
