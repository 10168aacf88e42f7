using Conntrack.RouterOs.Connections;

namespace Conntrack.RouterOs.Firewall;

/// <summary>What is known of a packet's connection. A matcher that is null matches every packet.</summary>
public sealed record ConnectionMatchers
{
    public static ConnectionMatchers None { get; } = new();

    public Negatable<RuleConnectionStates>? State { get; init; }

    /// <summary>Whether the connection is translated, and which of its ends.</summary>
    public Negatable<RuleNatStates>? NatState { get; init; }

    /// <summary>A mark of mark-connection, or no-mark.</summary>
    public Negatable<string>? Mark { get; init; }

    /// <summary>The helper that the connection, one related to another, is of.</summary>
    public Negatable<ConnectionType>? Type { get; init; }

    /// <summary>Bytes of both directions so far, this packet included; 0 at the end of the range is no end.</summary>
    public ValueRange<ulong>? Bytes { get; init; }

    /// <summary>Bits a second of both directions, within the last second; 0 at the end of the range is no end.</summary>
    public Negatable<ValueRange<ulong>>? Rate { get; init; }

    public Negatable<ConnectionLimit>? Limit { get; init; }
}
