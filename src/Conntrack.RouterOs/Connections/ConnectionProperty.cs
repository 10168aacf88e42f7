using System.Net;
using Conntrack.RouterOs.Values;

namespace Conntrack.RouterOs.Connections;

/// <summary>How a property reads: decides alignment, thousands separators and whether a machine gets a number or a string.</summary>
public enum PropertyKind : byte
{
    /// <summary>An address, a time, a word.</summary>
    Word,

    /// <summary>Text a user chose: quoted where properties stand in a row.</summary>
    Name,

    /// <summary>A port, type or id: never grouped.</summary>
    Number,

    /// <summary>Packets or bytes: grouped by thousands.</summary>
    Counter,

    /// <summary>Bits per second.</summary>
    Rate,
}

/// <summary>
/// A property of the connection list: its RouterOS name and how to read it. The one table <see cref="All"/> feeds every print form and the
/// JSON, so a property cannot be spelled or ordered two ways.
/// </summary>
public sealed class ConnectionProperty
{
    readonly Func<Connection, string>? _text;
    readonly Func<Connection, ulong?>? _number;

    ConnectionProperty(string name, PropertyKind kind, Func<Connection, string>? text, Func<Connection, ulong?>? number)
    {
        Name = name;
        Kind = kind;
        _text = text;
        _number = number;
    }

    /// <summary>Every property in RouterOS's order of <c>print detail</c>, flags apart.</summary>
    public static IReadOnlyList<ConnectionProperty> All { get; } =
    [
        Word("protocol", c => IpProtocol.Word(c.Protocol)),
        Address("src-address", c => c.SrcAddress, c => c.SrcPort),
        PortIPv6("src-port", c => c.SrcPort),
        Address("dst-address", c => c.DstAddress, c => c.DstPort),
        PortIPv6("dst-port", c => c.DstPort),
        Address("reply-src-address", c => c.ReplySrcAddress, c => c.ReplySrcPort),
        PortIPv6("reply-src-port", c => c.ReplySrcPort),
        Address("reply-dst-address", c => c.ReplyDstAddress, c => c.ReplyDstPort),
        PortIPv6("reply-dst-port", c => c.ReplyDstPort),
        Word("tcp-state", c => c.TcpState?.Word() ?? ""),
        Number("icmp-type", c => c.IcmpType),
        Number("icmp-code", c => c.IcmpCode),
        Number("icmp-id", c => c.IcmpId),
        Word("gre-protocol", c => c.GreProtocol is { } etherType ? GreProtocol.Word(etherType) : ""),
        Number("gre-version", c => c.GreVersion),
        Number("gre-key", c => c.GreKey),
        Word("connection-type", c => c.ConnectionType.Word()),
        Word("timeout", c => RouterOsTime.Format(c.Timeout)),
        new("connection-mark", PropertyKind.Name, c => c.ConnectionMark, null),
        Counter("orig-packets", c => c.OrigPackets),
        Counter("orig-bytes", c => c.OrigBytes),
        Counter("orig-fasttrack-packets", c => c.OrigFastTrackPackets),
        Counter("orig-fasttrack-bytes", c => c.OrigFastTrackBytes),
        Counter("repl-packets", c => c.ReplPackets),
        Counter("repl-bytes", c => c.ReplBytes),
        Counter("repl-fasttrack-packets", c => c.ReplFastTrackPackets),
        Counter("repl-fasttrack-bytes", c => c.ReplFastTrackBytes),
        Rate("orig-rate", c => c.OrigRate),
        Rate("repl-rate", c => c.ReplRate),
    ];

    public string Name { get; }

    public PropertyKind Kind { get; }

    public bool IsNumeric => _number is not null;

    /// <summary>The value of a <see cref="PropertyKind.Word"/> or <see cref="PropertyKind.Name"/>; empty when the connection has none.</summary>
    public string Text(Connection connection) => _text?.Invoke(connection) ?? "";

    /// <summary>The value of any other kind; null when the connection has none.</summary>
    public ulong? Value(Connection connection) => _number?.Invoke(connection);

    /// <summary>The property called <paramref name="name"/>.</summary>
    /// <exception cref="KeyNotFoundException">No property has that name.</exception>
    public static ConnectionProperty Named(string name) =>
        All.FirstOrDefault(property => property.Name == name)
        ?? throw new KeyNotFoundException($"The connection list has no property '{name}'.");

    static ConnectionProperty Word(string name, Func<Connection, string> text) => new(name, PropertyKind.Word, text, null);

    static ConnectionProperty Address(string name, Func<Connection, IPAddress> address, Func<Connection, ushort?> port) =>
        Word(name, c => AddressText.Format(address(c), port(c)));

    static ConnectionProperty PortIPv6(string name, Func<Connection, ushort?> port) => Number(name, c => c.IsIPv6 ? port(c) : null);

    static ConnectionProperty Number(string name, Func<Connection, ulong?> number) => new(name, PropertyKind.Number, null, number);

    static ConnectionProperty Counter(string name, Func<Connection, ulong?> number) => new(name, PropertyKind.Counter, null, number);

    static ConnectionProperty Rate(string name, Func<Connection, ulong?> number) => new(name, PropertyKind.Rate, null, number);
}
