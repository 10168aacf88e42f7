using Conntrack.Packets;

namespace Conntrack.Firewall.Nat;

/// <summary>What became of the translation of a new connection.</summary>
public enum NatOutcome : byte
{
    /// <summary>Stays as it is.</summary>
    Unchanged = 0,

    /// <summary>Gets another address, port or identifier.</summary>
    Translated = 1,

    /// <summary>
    /// No free reply: every port tried is another connection's, or the protocol has none that could differ. The packet cannot leave.
    /// </summary>
    Exhausted = 2,

    /// <summary>masquerade or redirect, and the interface has no address. The packet cannot leave.</summary>
    NoAddress = 3,

    /// <summary>The index takes no more of that hash. The packet cannot leave.</summary>
    Refused = 4,
}

/// <summary>What an outcome means for the packet.</summary>
public static class NatOutcomes
{
    /// <summary>Why the packet is dropped; <see cref="DropReason.None"/> when it goes on.</summary>
    public static DropReason ReasonOf(NatOutcome outcome) => outcome switch
    {
        NatOutcome.Exhausted => DropReason.NatExhausted,
        NatOutcome.NoAddress => DropReason.NatNoAddress,
        NatOutcome.Refused => DropReason.TableFull,
        _ => DropReason.None,
    };
}
