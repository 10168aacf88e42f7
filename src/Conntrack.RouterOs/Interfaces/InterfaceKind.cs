namespace Conntrack.RouterOs.Interfaces;

/// <summary>What an interface is made of.</summary>
public enum InterfaceKind : byte
{
    Ethernet,
    Vlan,
    Bridge,
}
