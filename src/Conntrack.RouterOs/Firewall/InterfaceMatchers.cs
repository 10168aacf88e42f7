namespace Conntrack.RouterOs.Firewall;

/// <summary>By which interface a packet came and by which it leaves. A matcher that is null matches every packet.</summary>
public sealed record InterfaceMatchers
{
    public static InterfaceMatchers None { get; } = new();

    /// <summary>The interface's current name.</summary>
    public Negatable<string>? InInterface { get; init; }

    public Negatable<string>? OutInterface { get; init; }

    /// <summary>The name of an interface list, built-in ones included.</summary>
    public Negatable<string>? InInterfaceList { get; init; }

    public Negatable<string>? OutInterfaceList { get; init; }

    /// <summary>The port of a bridge by which the packet came, where bridged packets pass the firewall.</summary>
    public Negatable<string>? InBridgePort { get; init; }

    public Negatable<string>? OutBridgePort { get; init; }

    public Negatable<string>? InBridgePortList { get; init; }

    public Negatable<string>? OutBridgePortList { get; init; }
}
