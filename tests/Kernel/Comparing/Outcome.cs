using Conntrack.Packets;

namespace Conntrack.Kernel.Comparing;

/// <summary>What one side made of one frame.</summary>
/// <param name="State">What a rule behind tracking saw; <see cref="ConnectionStateOfPacket.None"/> when the packet got to none.</param>
/// <param name="Forwarded">Frames that left by the other interface because of it, in order.</param>
/// <param name="Note">What else the side says, for the reader of a failure alone.</param>
sealed record Outcome(ConnectionStateOfPacket State, IReadOnlyList<byte[]> Forwarded, string Note);

/// <summary>A frame on its way into both.</summary>
/// <param name="Side">0 enters by ether1, 1 by ether2.</param>
/// <param name="Bytes">From the Ethernet header on.</param>
/// <param name="Label">What the scenario calls it.</param>
sealed record TestFrame(int Side, byte[] Bytes, string Label);
