namespace Conntrack.Tracking.Helpers;

/// <summary>An endpoint that somebody announces in a text, and the part of the text that says it.</summary>
public struct Announcement
{
    /// <summary>Host order, IPv4 in the low 32 bits; 0 where the text has none, and the sender's own is meant.</summary>
    public UInt128 Address;

    /// <summary>Host order, never 0.</summary>
    public ushort Port;

    /// <summary>First byte of what says it, in bytes from the beginning of the text.</summary>
    public int Start;

    /// <summary>Bytes of what says it.</summary>
    public int Length;

    /// <summary>In which of a protocol's ways.</summary>
    public byte Form;

    /// <summary>Character between parts, where the sender may choose one.</summary>
    public byte Delimiter;
}
