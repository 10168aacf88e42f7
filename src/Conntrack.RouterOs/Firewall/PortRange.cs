using System.Globalization;

namespace Conntrack.RouterOs.Firewall;

/// <summary>Ports from <paramref name="First"/> to <paramref name="Last"/>, both included, in host order.</summary>
public readonly record struct PortRange(ushort First, ushort Last)
{
    /// <summary>Reads <c>443</c> or <c>33434-33534</c>; false when the text is neither or runs backwards.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out PortRange range)
    {
        int dash = text.IndexOf('-');
        bool read = TryParsePort(dash < 0 ? text : text[..dash], out ushort first);
        ushort last = first;
        read &= dash < 0 || TryParsePort(text[(dash + 1)..], out last);
        range = new PortRange(first, last);
        return read && first <= last;
    }

    /// <summary><c>443</c>, or <c>33434-33534</c> for more than one.</summary>
    public override string ToString() => First == Last
        ? First.ToString(CultureInfo.InvariantCulture)
        : string.Create(CultureInfo.InvariantCulture, $"{First}-{Last}");

    static bool TryParsePort(ReadOnlySpan<char> text, out ushort port) =>
        ushort.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out port);
}
