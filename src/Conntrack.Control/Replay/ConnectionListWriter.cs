using Conntrack.RouterOs.Connections;

namespace Conntrack.Control.Replay;

/// <summary>Writes <c>--connections</c>: a JSON array with a connection a line, each as <see cref="ConnectionJson"/> has it.</summary>
public static class ConnectionListWriter
{
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
            ConnectionJson.Write(output.Json, connection);
            output.EndValue();
        }

        output.Raw(any ? "\n]\n"u8 : "]\n"u8);
    }
}
