using System.Net;
using Conntrack.Dataplane.Routing;

namespace Conntrack.Dataplane.Hosting;

/// <summary>A neighbour as it was when the table was read.</summary>
/// <param name="Interface">Number of the interface it is on.</param>
/// <param name="Address">Of either family.</param>
/// <param name="Mac">Six bytes as a number, the first on the wire highest; 0 while it is not known.</param>
/// <param name="State">What is known of it.</param>
/// <param name="Age">Since it was last confirmed, or of one that was not, since it was first asked for.</param>
public sealed record NeighbourSnapshot(ushort Interface, IPAddress Address, ulong Mac, NeighbourState State, TimeSpan Age)
{
    /// <summary>It is configured.</summary>
    public bool IsStatic => State == NeighbourState.Permanent;

    /// <summary>It has said that it is a router (RFC 4861 4.4).</summary>
    public bool IsRouter { get; init; }
}

/// <summary>What one worker has asked its neighbours and heard of them since the start.</summary>
/// <param name="Questions">ARP requests and neighbour solicitations sent.</param>
/// <param name="Answers">ARP replies and neighbour advertisements received.</param>
/// <param name="Failed">Neighbours that were asked in vain.</param>
/// <param name="Conflicts">Times that somebody else claimed an address of the router.</param>
/// <param name="QueueFull">Packets that could not wait, because too many did already.</param>
public readonly record struct NeighbourCounters(ulong Questions, ulong Answers, ulong Failed, ulong Conflicts, ulong QueueFull);
