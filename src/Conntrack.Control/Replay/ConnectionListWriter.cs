using System.Text.Json;
using Conntrack.RouterOs.Connections;

namespace Conntrack.Control.Replay;

/// <summary>
/// Writes <c>--connections</c>: a JSON array with a connection a line. Names and order are those of <see cref="ConnectionProperty.All"/>;
/// numbers are numbers, what a connection does not have is absent, and every flag is present as a boolean.
/// </summary>
public static class ConnectionListWriter
{
    static readonly (JsonEncodedText Name, ConnectionProperty Property)[] s_properties =
        [.. ConnectionProperty.All.Select(property => (JsonEncodedText.Encode(property.Name), property))];

    static readonly (JsonEncodedText Name, ConnectionFlags Flag)[] s_flags =
        [.. ConnectionFlag.All.Select(flag => (JsonEncodedText.Encode(flag.Word), flag.Value))];

    /// <summary>Writes the whole array; <paramref name="stream"/> stays open.</summary>
    public static void Write(Stream stream, IEnumerable<Connection> connections)
    {
        using var output = new JsonStream(stream);
        output.Raw("["u8);
        bool any = false;
        foreach (Connection connection in connections)
        {
            output.Raw(any ? ",\n"u8 : "\n"u8);
            any = true;
            WriteConnection(output.Json, connection);
            output.EndValue();
        }

        output.Raw(any ? "\n]\n"u8 : "]\n"u8);
    }

    /// <summary>Writes one connection as an object.</summary>
    public static void WriteConnection(Utf8JsonWriter json, Connection connection)
    {
        json.WriteStartObject();
        foreach ((JsonEncodedText name, ConnectionProperty property) in s_properties)
        {
            if (!property.IsNumeric)
            {
                string text = property.Text(connection);
                if (text.Length > 0)
                {
                    json.WriteString(name, text);
                }
            }
            else if (property.Value(connection) is { } number)
            {
                json.WriteNumber(name, number);
            }
        }

        foreach ((JsonEncodedText name, ConnectionFlags flag) in s_flags)
        {
            json.WriteBoolean(name, connection.Has(flag));
        }

        json.WriteEndObject();
    }
}
