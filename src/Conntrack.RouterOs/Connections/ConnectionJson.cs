using System.Text.Json;

namespace Conntrack.RouterOs.Connections;

/// <summary>
/// A connection as a JSON object: names and order are those of <see cref="ConnectionProperty.All"/>; numbers are numbers, what a connection
/// does not have is absent, and every flag is present as a boolean.
/// </summary>
public static class ConnectionJson
{
    static readonly (JsonEncodedText Name, ConnectionProperty Property)[] s_properties =
        [.. ConnectionProperty.All.Select(static property => (JsonEncodedText.Encode(property.Name), property))];

    static readonly (JsonEncodedText Name, ConnectionFlags Flag)[] s_flags =
        [.. ConnectionFlag.All.Select(static flag => (JsonEncodedText.Encode(flag.Word), flag.Value))];

    public static void Write(Utf8JsonWriter json, Connection connection)
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
