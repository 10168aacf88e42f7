using System.Globalization;
using System.Text;

namespace Conntrack.RouterOs.Language;

/// <summary>Writes values so that the parser reads the same text back.</summary>
public static class ScriptText
{
    /// <summary>
    /// The text as it is when it can stand bare, else in quotes. As RouterOS's export does, everything outside printable ASCII is written
    /// as <c>\XX</c>, one for each byte of its UTF-8; half a surrogate pair, which UTF-8 cannot hold, stays as it is.
    /// </summary>
    public static string Quote(string text)
    {
        if (text.Length > 0 && text.All(IsBare) && text[0] is not '!')
        {
            return text;
        }

        var quoted = new StringBuilder(text.Length + 2).Append('"');
        Span<byte> utf8 = stackalloc byte[4];
        for (int i = 0; i < text.Length;)
        {
            if (Rune.DecodeFromUtf16(text.AsSpan(i), out Rune rune, out int length) != System.Buffers.OperationStatus.Done)
            {
                quoted.Append(text[i++]);
                continue;
            }

            i += length;
            switch (rune.Value)
            {
                case '"' or '\\' or '$':
                    quoted.Append('\\').Append((char)rune.Value);
                    break;
                case '\n':
                    quoted.Append("\\n");
                    break;
                case '\r':
                    quoted.Append("\\r");
                    break;
                case '\t':
                    quoted.Append("\\t");
                    break;
                case >= 0x20 and < 0x7F:
                    quoted.Append((char)rune.Value);
                    break;
                default:
                    foreach (byte b in utf8[..rune.EncodeToUtf8(utf8)])
                    {
                        quoted.Append('\\').Append(b.ToString("X2", CultureInfo.InvariantCulture));
                    }

                    break;
            }
        }

        return quoted.Append('"').ToString();
    }

    static bool IsBare(char c) => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.' or ':' or '/' or ',' or '*' or '!' or '+' or '@' or '%';
}
