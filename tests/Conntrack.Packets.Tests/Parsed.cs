namespace Conntrack.Packets.Tests;

/// <summary>What Parse found, in numbers a table can hold: offsets from the first byte of the frame, ports in host order.</summary>
sealed record Parsed(
    DropReason Reason,
    PacketFamily Family,
    int LinkLength,
    int IpLength = 0,
    byte Protocol = 0,
    int? TransportOffset = null,
    int TransportLength = 0,
    PacketMarks Marks = PacketMarks.None,
    byte TcpFlags = 0,
    int SourcePort = 0,
    int DestinationPort = 0);
