using System.Runtime.InteropServices;

namespace Conntrack.Dataplane.Abi;

/// <summary>What a worker is asked to do with something it owns.</summary>
public enum CommandKind : byte
{
    None = 0,

    /// <summary>End the connection that <see cref="Command.Record"/> and <see cref="Command.Generation"/> identify.</summary>
    RemoveConnection = 1,

    /// <summary>End every masqueraded connection that was translated to <see cref="Command.Address"/>, which the router has lost.</summary>
    FlushMasqueraded = 2,
}

/// <summary>What became of a command.</summary>
public enum CommandResult : byte
{
    Waiting = 0,
    Done = 1,

    /// <summary>The connection had ended, or its record belongs to another one by now.</summary>
    Gone = 2,
}

/// <summary>One line in a <see cref="Mailbox"/>: the control side fills it, the worker answers in it.</summary>
/// <remarks><code>
///  0 kind (1)   1 result (1)   2 generation (2)   4 record (4)   8 IPv6 (1)   9 spare (7)   16 address (16)
/// 32
/// </code></remarks>
[StructLayout(LayoutKind.Explicit, Size = ByteSize)]
public struct Command
{
    /// <summary>Bytes of this struct: two to a cache line.</summary>
    public const int ByteSize = 32;

    [FieldOffset(0)] public CommandKind Kind;
    [FieldOffset(1)] public CommandResult Result;

    /// <summary>The record's generation when it was listed: an identity for as long as the connection lives.</summary>
    [FieldOffset(2)] public ushort Generation;

    [FieldOffset(4)] public uint Record;

    /// <summary>1: the record, or the address, is of IPv6.</summary>
    [FieldOffset(8)] public byte IsIpv6;

    /// <summary>Host order, of IPv4 in the low 32 bits.</summary>
    [FieldOffset(16)] public UInt128 Address;
}
