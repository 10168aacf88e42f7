namespace Conntrack.RouterOs.Firewall;

/// <summary>A set of connection states, as the matcher <c>connection-state</c> names them.</summary>
[Flags]
public enum RuleConnectionStates : byte
{
    None = 0,
    New = 1,
    Established = 2,
    Related = 4,
    Invalid = 8,
    Untracked = 16,
}
