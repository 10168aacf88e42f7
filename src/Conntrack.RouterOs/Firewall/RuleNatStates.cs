namespace Conntrack.RouterOs.Firewall;

/// <summary>A set of ways a connection is translated, as the matcher <c>connection-nat-state</c> names them.</summary>
[Flags]
public enum RuleNatStates : byte
{
    None = 0,
    SrcNat = 1,
    DstNat = 2,

    /// <summary>The source is translated by endpoint-independent-nat; IPv4 only.</summary>
    EndpointIndependentSrcNat = 4,

    /// <summary>The destination is translated by endpoint-independent-nat; IPv4 only.</summary>
    EndpointIndependentDstNat = 8,
}
