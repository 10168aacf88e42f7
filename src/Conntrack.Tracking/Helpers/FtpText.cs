using System.Runtime.InteropServices;
using Conntrack.Tracking.Table;

namespace Conntrack.Tracking.Helpers;

/// <summary>The second place of an FTP connection's <see cref="HelperState"/>, taken when there is something to be kept in it.</summary>
/// <remarks><code>
///  0 beginning of a line that is held (56)   56 late line orig (4)   60 repl (4)
/// 64
/// </code></remarks>
[StructLayout(LayoutKind.Explicit, Size = Extension.ByteSize)]
public unsafe struct FtpText
{
    /// <summary>Bytes of a line's beginning that are held.</summary>
    public const int LongestHeld = 56;

    [FieldOffset(0)] public fixed byte Held[LongestHeld];

    /// <summary>
    /// The sender's number behind a line that came after what follows it: what comes there comes again, and is read as if it were the first time.
    /// </summary>
    [FieldOffset(LongestHeld)] public fixed uint Late[2];
}
