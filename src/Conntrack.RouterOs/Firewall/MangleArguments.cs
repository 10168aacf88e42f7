using System.Net;

namespace Conntrack.RouterOs.Firewall;

/// <summary>What the actions of mangle write, and where they send packets. Null for what nobody said.</summary>
public sealed record MangleArguments
{
    public static MangleArguments None { get; } = new();

    public string? NewConnectionMark { get; init; }

    public string? NewPacketMark { get; init; }

    /// <summary>The name of a routing table.</summary>
    public string? NewRoutingMark { get; init; }

    /// <summary>Whether the packet goes on to the next rule; by default it does.</summary>
    public bool? Passthrough { get; init; }

    public NewMss? NewMss { get; init; }

    public NewDscp? NewDscp { get; init; }

    /// <summary>IPv4 only.</summary>
    public HopsChange? NewTtl { get; init; }

    /// <summary>IPv6 only.</summary>
    public HopsChange? NewHopLimit { get; init; }

    public NewPriority? NewPriority { get; init; }

    public IPAddress? SniffTarget { get; init; }

    public ushort? SniffTargetPort { get; init; }

    public ushort? SniffId { get; init; }

    /// <summary>IPv4 only.</summary>
    public IPAddress? RouteDst { get; init; }
}

/// <summary>The maximum segment size to write: a number of bytes, or null for what the path's MTU leaves.</summary>
public readonly record struct NewMss(ushort? Bytes);

/// <summary>Where a DSCP comes from.</summary>
public enum DscpSource : byte
{
    Number,
    Priority,
    PriorityToHighThreeBits,
}

/// <summary>The DSCP to write; <paramref name="Value"/> counts for a number only.</summary>
public readonly record struct NewDscp(DscpSource Source, byte Value = 0);

/// <summary>Where a priority comes from.</summary>
public enum PrioritySource : byte
{
    Number,
    Dscp,
    DscpHighThreeBits,
    Ingress,
}

/// <summary>The priority to note; <paramref name="Value"/> counts for a number only.</summary>
public readonly record struct NewPriority(PrioritySource Source, byte Value = 0);

/// <summary>What is done to a TTL or hop limit.</summary>
public enum HopsOperation : byte
{
    Set,
    Increment,
    Decrement,
}

public readonly record struct HopsChange(HopsOperation Operation, byte Hops);
