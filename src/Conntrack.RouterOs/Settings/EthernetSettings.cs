using Conntrack.RouterOs.Interfaces;

namespace Conntrack.RouterOs.Settings;

/// <summary>One Ethernet port, known by the number N in its default name <c>etherN</c>.</summary>
public sealed record EthernetSettings
{
    public const int LeastNumber = 1;
    public const int MostNumber = 250;

    /// <summary>Every IPv4 link carries packets of 68 bytes (RFC 791).</summary>
    public const int LeastMtu = 68;
    public const int MostMtu = 65535;
    public const int MostNameLength = 63;
    public const int MostCommentLength = 1023;

    /// <summary>The port as it is before any script: <c>etherN</c>, enabled, MTU 1500, its own address.</summary>
    /// <exception cref="ArgumentOutOfRangeException">No port has that number.</exception>
    public EthernetSettings(int number)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(number, LeastNumber);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(number, MostNumber);
        Number = number;
        Name = DefaultName;
    }

    /// <summary>1 for <c>ether1</c>; <see cref="LeastNumber"/> to <see cref="MostNumber"/>.</summary>
    public int Number { get; }

    public string DefaultName => $"ether{Number}";

    /// <summary>What rules and commands call it; no two ports share a name.</summary>
    public string Name { get; init; }

    /// <summary>Null: the address of the hardware, in a replay 02:00:00:00:00:NN with the number in hexadecimal.</summary>
    public MacAddress? MacAddress { get; init; }

    /// <summary>Largest IP packet in bytes, Ethernet header not counted.</summary>
    public int Mtu { get; init; } = 1500;

    public ArpMode Arp { get; init; }

    public bool Disabled { get; init; }

    public string Comment { get; init; } = "";
}
