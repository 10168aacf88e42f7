using System.Runtime.InteropServices;

namespace Conntrack.Tracking.Table;

/// <summary>
/// How far a connection's first bytes have come through the layer 7 patterns, in the place of an extension. Zero when taken.
/// </summary>
/// <remarks><code>
///  0 number of the latest packet (4)   4 edition of the patterns' numbers (4)   8 patterns found (8)   16 bytes looked at (2)   18 spare (2)
/// 20 more states (2 × 4): extensions of 32 states each   28 spare (4)   32 states of patterns 0 to 15 (16 × 2)
/// 64
/// </code></remarks>
[StructLayout(LayoutKind.Explicit, Size = Extension.ByteSize)]
public unsafe struct Layer7State
{
    /// <summary>Patterns that rules may ask for at once: the bits of <see cref="Found"/>.</summary>
    public const int MostPatterns = 64;

    /// <summary>States in the first place, and in each one more.</summary>
    public const int FirstStates = 16, MoreStates = 32;

    [FieldOffset(0)] public uint Packet;
    [FieldOffset(4)] public uint Edition;

    /// <summary>A bit for every pattern that was found.</summary>
    [FieldOffset(8)] public ulong Found;

    [FieldOffset(16)] public ushort Bytes;
    [FieldOffset(20)] public fixed uint More[2];
    [FieldOffset(32)] public fixed ushort States[FirstStates];

    /// <summary>The state of a pattern; null where there is no memory for it.</summary>
    public static ushort* At(Layer7State* state, ExtensionSlab* extensions, int pattern)
    {
        if (pattern < FirstStates)
        {
            return state->States + pattern;
        }

        int more = (pattern - FirstStates) / MoreStates;
        return state->More[more] == 0 ? null : (ushort*)extensions->At(state->More[more]) + ((pattern - FirstStates) % MoreStates);
    }

    /// <summary>Gives the states of all patterns back, and what holds them.</summary>
    public static void Release(ExtensionSlab* extensions, uint number)
    {
        Layer7State* state = (Layer7State*)extensions->At(number);
        for (int i = 0; i < 2; i++)
        {
            if (state->More[i] != 0)
            {
                extensions->Give(state->More[i]);
            }
        }

        extensions->Give(number);
    }
}
