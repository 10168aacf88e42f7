using System.Globalization;

namespace Conntrack.Control;

/// <summary>Internal ids of connections and rules as RouterOS writes them: an asterisk and hexadecimal digits.</summary>
public static class InternalId
{
    public static string Format(ulong id) => string.Create(CultureInfo.InvariantCulture, $"*{id:x}");

    public static bool TryParse(ReadOnlySpan<char> text, out ulong id)
    {
        id = 0;
        return text is ['*', _, ..] && ulong.TryParse(text[1..], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out id);
    }
}
