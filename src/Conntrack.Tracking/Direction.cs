using System.Runtime.CompilerServices;

namespace Conntrack.Tracking;

/// <summary>The direction of a packet within its connection: 0 original, 1 reply.</summary>
public static class Direction
{
    /// <summary>
    /// 0 when the packet is the original direction's, 1 when only the reply's, -1 when neither's; without a branch, for packets come in
    /// either direction as they please.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Of(bool original, bool reply)
    {
        int isOriginal = Unsafe.BitCast<bool, byte>(original);
        int isReply = Unsafe.BitCast<bool, byte>(reply);
        return ((isReply << 1) - 1) & (isOriginal - 1);
    }
}
