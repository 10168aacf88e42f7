using Conntrack.RouterOs.Conditions;
using Conntrack.RouterOs.Language;

namespace Conntrack.RouterOs.Connections;

/// <summary>
/// What of the connection list is wanted, in the console's words: a condition such as
/// <c>protocol=tcp &amp;&amp; dst-port=443 &amp;&amp; timeout&lt;30s</c>, an order such as <c>-orig-bytes,timeout</c>, and a limit.
/// </summary>
public sealed class ConnectionQuery
{
    readonly ListQuery<NumberedConnection> _query;

    ConnectionQuery(ListQuery<NumberedConnection> query) => _query = query;

    /// <summary>
    /// Reads both texts; empty ones ask for everything in order of creation. Null when anything is wrong; the findings say what, those
    /// about the order under the name <c>order-by</c>.
    /// </summary>
    /// <param name="where">A condition.</param>
    /// <param name="orderBy">Property names with commas between them, each with <c>-</c> in front to begin with the largest.</param>
    /// <param name="limit">At most so many connections; 0 for all.</param>
    /// <param name="findings">What is wrong.</param>
    public static ConnectionQuery? Parse(string where, string orderBy, uint limit, out IReadOnlyList<Diagnostic> findings)
    {
        var whereSink = new DiagnosticSink(new SourceText("where", where));
        var orderSink = new DiagnosticSink(new SourceText("order-by", orderBy));
        var whole = new SourceSpan(0, orderBy.Length);
        Func<NumberedConnection, bool>? condition =
            string.IsNullOrWhiteSpace(where) ? null : ConnectionFields.All.Parse(new SourceSpan(0, where.Length), whereSink);
        Comparison<NumberedConnection>? order =
            orderBy.Length == 0 ? null : ConnectionFields.All.ParseOrder(new TextValue(whole, orderBy, false, false, [(0, 0)]), orderSink);
        findings = [.. whereSink.ToList(), .. orderSink.ToList()];
        return whereSink.HasErrors || orderSink.HasErrors
            ? null
            : new ConnectionQuery(new(condition, order, limit == 0 ? null : (int)Math.Min(limit, int.MaxValue)));
    }

    /// <summary>Whether the condition holds; order and limit do not matter.</summary>
    public bool Matches(Connection connection) => _query.Where?.Invoke(new NumberedConnection(0, connection)) ?? true;

    /// <summary>The connections asked for, with their numbers in <paramref name="connections"/>.</summary>
    public IEnumerable<NumberedConnection> Select(IEnumerable<Connection> connections) =>
        _query.Apply(connections.Select(static (connection, number) => new NumberedConnection(number, connection)));
}

/// <summary>What conditions and orders may name of a connection: its properties, flags and id.</summary>
public static class ConnectionFields
{
    public static ConditionFields<NumberedConnection> All { get; } = new(
    [
        .. ConnectionProperty.All.Select(OfProperty),
        .. ConnectionFlag.All.Select(static flag => new FlagField<NumberedConnection>(flag.Word, row => row.Connection.Has(flag.Value))),
        new WordField<NumberedConnection>(
            ".id", static row => $"*{row.Connection.Id:x}", "an id such as *1a", static id => id.ToLowerInvariant()),
    ]);

    static ConditionField<NumberedConnection> OfProperty(ConnectionProperty property) => property.Name switch
    {
        "src-address" => Address(property, static c => c.SrcAddress, static c => c.SrcPort),
        "dst-address" => Address(property, static c => c.DstAddress, static c => c.DstPort),
        "reply-src-address" => Address(property, static c => c.ReplySrcAddress, static c => c.ReplySrcPort),
        "reply-dst-address" => Address(property, static c => c.ReplyDstAddress, static c => c.ReplyDstPort),

        // Print shows IPv4 ports behind the address, which is no reason to make asking for them harder.
        "src-port" => Number(property, static c => c.SrcPort),
        "dst-port" => Number(property, static c => c.DstPort),
        "reply-src-port" => Number(property, static c => c.ReplySrcPort),
        "reply-dst-port" => Number(property, static c => c.ReplyDstPort),
        "timeout" => new TimeField<NumberedConnection>(property.Name, static row => row.Connection.Timeout),
        "protocol" => Word(
            property, "a protocol such as tcp, or its number",
            static text => IpProtocol.TryParse(text, out byte number) ? IpProtocol.Word(number) : null, IpProtocol.Names),
        "tcp-state" => Closed(property, Enum.GetValues<TcpState>().Select(TcpStateWords.Word)),
        "connection-type" => Closed(property, Enum.GetValues<ConnectionType>().Select(ConnectionTypeWords.Word)),
        "connection-mark" => Word(property, "a mark, or no-mark", static text => text == "no-mark" ? "" : text),
        _ when property.IsNumeric => Number(property, property.Value),
        _ => Word(property, "a text", static text => text),
    };

    static AddressField<NumberedConnection> Address(
        ConnectionProperty property, Func<Connection, System.Net.IPAddress> address, Func<Connection, ushort?> port) =>
        new(property.Name, row => address(row.Connection), row => row.Connection.IsIPv6 ? null : port(row.Connection));

    static NumberField<NumberedConnection> Number(ConnectionProperty property, Func<Connection, ulong?> number) =>
        new(property.Name, row => number(row.Connection), property.Kind == PropertyKind.Rate);

    static WordField<NumberedConnection> Closed(ConnectionProperty property, IEnumerable<string> values)
    {
        string[] words = [.. values.Where(static word => word.Length > 0)];
        return Word(property, string.Join(", ", words), text => Array.IndexOf(words, text) >= 0 ? text : null, words);
    }

    static WordField<NumberedConnection> Word(
        ConnectionProperty property, string expected, Func<string, string?> canonical, IReadOnlyList<string>? words = null) =>
        new(property.Name, row => property.Text(row.Connection), expected, canonical, words);
}
