using System.Text;
using Conntrack.RouterOs.Console.Completion;

namespace Conntrack.Daemon.Terminal;

/// <summary>RouterOS's colours of what is typed: menus cyan, commands magenta, properties green, variables and quotes apart.</summary>
static class Colours
{
    public const string Error = "\e[31m";
    public const string Warning = "\e[33m";
    public const string Quiet = "\e[2m";

    /// <summary>A line with its colours, typed in <paramref name="menu"/>.</summary>
    public static string Paint(string text, string menu)
    {
        var painted = new StringBuilder();
        int at = 0;
        foreach ((int start, int length, PartKind kind) in LineParts.Of(text, menu))
        {
            painted.Append(text, at, start - at).Append(kind switch
            {
                PartKind.Menu => "\e[36m",
                PartKind.Command => "\e[35m",
                PartKind.Property => "\e[32m",
                PartKind.Variable => "\e[33m",
                PartKind.Comment => Quiet,
                _ => "\e[34m",
            }).Append(text, start, length).Append("\e[0m");
            at = start + length;
        }

        return painted.Append(text, at, text.Length - at).ToString();
    }
}
