using Conntrack.RouterOs.Connections;
using Conntrack.RouterOs.Printing;

namespace Conntrack.Control.Replay;

/// <summary>What replay shows people who asked for no file: both connection lists, as their menus print them.</summary>
public static class ConnectionListPrint
{
    /// <summary>Prints <c>/ip firewall connection</c>, then <c>/ipv6 firewall connection</c> behind a blank line if it has entries.</summary>
    /// <param name="writer">Where to.</param>
    /// <param name="connections">Both families, in order of creation.</param>
    /// <param name="width">Characters a line of the terminal has; null when the output is no terminal.</param>
    public static void Write(TextWriter writer, IReadOnlyCollection<Connection> connections, int? width = null)
    {
        Connection[] ip = [.. connections.Where(connection => !connection.IsIPv6)];
        Connection[] ipv6 = [.. connections.Where(connection => connection.IsIPv6)];
        ConnectionPrinter.Print(writer, ip, PrintForm.Brief, width);
        if (ip.Length > 0 && ipv6.Length > 0)
        {
            writer.WriteLine();
        }

        ConnectionPrinter.Print(writer, ipv6, PrintForm.Brief, width);
    }
}
