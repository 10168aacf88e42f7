namespace Conntrack.Tracking.FastTrack;

/// <summary>How the packets of a fasttracked connection leave, by direction.</summary>
/// <param name="Interfaces">Out-interface of the original direction in the low half, of the reply in the high one.</param>
/// <param name="Neighbours">Likewise whom they are sent to, 0 where the link layer stays as it is.</param>
public readonly record struct FlowExits(uint Interfaces, uint Neighbours)
{
    /// <summary>Out-interface of a direction.</summary>
    public ushort Interface(int direction) => (ushort)(Interfaces >> (16 * direction));

    /// <summary>Neighbour of a direction.</summary>
    public ushort Neighbour(int direction) => (ushort)(Neighbours >> (16 * direction));
}
