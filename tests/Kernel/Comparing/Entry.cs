using System.Net;
using Conntrack.Tracking;

namespace Conntrack.Kernel.Comparing;

/// <summary>One direction. Ports are host order; for ICMP queries identifier and type × 256 + code, as both tables hold them.</summary>
readonly record struct EntryTuple(UInt128 Source, UInt128 Destination, ushort SourcePort, ushort DestinationPort)
{
    public string ToText(bool ipv6) =>
        $"{Address(Source, ipv6)}:{SourcePort}>{Address(Destination, ipv6)}:{DestinationPort}";

    static IPAddress Address(UInt128 value, bool ipv6)
    {
        Span<byte> bytes = stackalloc byte[16];
        System.Buffers.Binary.BinaryPrimitives.WriteUInt128BigEndian(bytes, value);
        return new IPAddress(ipv6 ? bytes : bytes[12..]);
    }
}

/// <summary>What identifies a connection in either table.</summary>
readonly record struct EntryKey(bool IsIpv6, byte Protocol, EntryTuple Original)
{
    /// <summary>The key it would have if the other side had begun.</summary>
    public EntryKey Reversed() => this with
    {
        Original = new EntryTuple(Original.Destination, Original.Source, Original.DestinationPort, Original.SourcePort),
    };

    public override string ToString() => $"protocol {Protocol} {Original.ToText(IsIpv6)}";
}

/// <summary>Packets and bytes of one direction, bytes from the IP header on.</summary>
readonly record struct EntryCounters(ulong Packets, ulong Bytes);

/// <summary>A connection as either side lists it.</summary>
sealed record Entry
{
    public required EntryKey Key { get; init; }
    public required EntryTuple Reply { get; init; }
    public required bool SeenReply { get; init; }
    public required bool Assured { get; init; }
    public required bool Confirmed { get; init; }
    public required bool Dying { get; init; }

    /// <summary>The protocol's own state; null where the side has none.</summary>
    public required byte? State { get; init; }

    /// <summary>Seconds left.</summary>
    public required double Timeout { get; init; }

    public required EntryCounters OriginalCounters { get; init; }
    public required EntryCounters ReplyCounters { get; init; }

    /// <summary>The state by name where it is TCP's.</summary>
    public string StateText => State is not byte state ? "-" : Key.Protocol == 6 ? ((TcpState)state).ToString() : $"{state}";

    public override string ToString() =>
        $"{Key} reply {Reply.ToText(Key.IsIpv6)} {(SeenReply ? "S" : "-")}{(Assured ? "A" : "-")}{(Confirmed ? "C" : "-")}{(Dying ? "D" : "-")} "
        + $"{StateText} {Timeout:0.00} s {OriginalCounters.Packets}/{OriginalCounters.Bytes} {ReplyCounters.Packets}/{ReplyCounters.Bytes}";
}
