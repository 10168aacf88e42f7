using System.Globalization;
using System.Text;

namespace Conntrack.Daemon.Terminal;

#pragma warning disable CA1822 // There is one terminal, and whoever may use it holds this object.
/// <summary>
/// The terminal: keys as they are pressed, Ctrl-C among them, and a line that is redrawn in place however many rows it takes. Whatever a
/// router says reaches the terminal without control characters of its own.
/// </summary>
sealed class Screen : IDisposable
{
    const string Reset = "\e[0m";

    readonly StreamWriter _output = new(Console.OpenStandardOutput(), new UTF8Encoding(false), 16 * 1024);
    int _rowOfCursor;

    public Screen()
    {
        Console.InputEncoding = new UTF8Encoding(false);
        Console.TreatControlCAsInput = true;
    }

    // A terminal that does not know its size says 0.
    public int Width => Console.WindowWidth is > 0 and int width ? width : 80;

    public int Height => Console.WindowHeight is > 0 and int height ? height : 24;

    public bool KeyAvailable => Console.KeyAvailable;

    public ConsoleKeyInfo ReadKey() => Console.ReadKey(intercept: true);

    /// <summary>Writes output: its line breaks and tabs, no other control character.</summary>
    public void Write(string text)
    {
        _output.Write(string.Concat(text.Select(static c => char.IsControl(c) && c is not ('\n' or '\t') ? '?' : c)));
        _output.Flush();
    }

    public void WriteColoured(string text, string colour)
    {
        _output.Write(colour);
        Write(text);
        _output.Write(Reset);
        _output.Flush();
    }

    public void Clear()
    {
        _output.Write("\e[H\e[2J");
        _output.Flush();
        _rowOfCursor = 0;
    }

    /// <summary>Takes away the row that the cursor is in.</summary>
    public void ClearRow()
    {
        _output.Write("\r\e[K");
        _output.Flush();
    }

    /// <summary>Draws prompt and line where they were drawn before.</summary>
    /// <param name="prompt">In front of the line.</param>
    /// <param name="text">The line.</param>
    /// <param name="cursor">Where the cursor is in it.</param>
    /// <param name="paint">The line with its colours.</param>
    public void Draw(string prompt, string text, int cursor, Func<string, string> paint)
    {
        int width = Width;
        var line = new StringBuilder();
        line.Append(_rowOfCursor > 0 ? $"\e[{_rowOfCursor}A" : "").Append("\r\e[J").Append(prompt).Append(paint(text));
        int whole = Columns(prompt) + Columns(text);
        int before = Columns(prompt) + Columns(text[..cursor]);
        if (whole % width == 0 && whole > 0)
        {
            // The terminal stays in the last column until something comes behind it.
            line.Append(" \r");
        }

        int up = (whole / width) - (before / width);
        line.Append('\r').Append(up > 0 ? $"\e[{up}A" : "").Append(before % width > 0 ? $"\e[{before % width}C" : "");
        _rowOfCursor = before / width;
        _output.Write(line.ToString());
        _output.Flush();
    }

    /// <summary>Leaves the line as it is; what comes next begins below it.</summary>
    public void EndLine()
    {
        _rowOfCursor = 0;
        _output.Write("\n");
        _output.Flush();
    }

    /// <summary>How many columns of a terminal a text takes.</summary>
    public static int Columns(string text)
    {
        int columns = 0;
        foreach (Rune rune in text.EnumerateRunes())
        {
            columns += Rune.GetUnicodeCategory(rune) is UnicodeCategory.NonSpacingMark or UnicodeCategory.EnclosingMark or UnicodeCategory.Format ? 0
                : IsWide(rune.Value) ? 2 : 1;
        }

        return columns;
    }

    public void Dispose()
    {
        Console.TreatControlCAsInput = false;
        _output.Dispose();
    }

    /// <summary>East Asian wide characters and emoji, in blocks (Unicode TR 11).</summary>
    static bool IsWide(int rune) =>
        rune is (>= 0x1100 and <= 0x115F) or (>= 0x2E80 and <= 0xA4CF) or (>= 0xAC00 and <= 0xD7A3) or (>= 0xF900 and <= 0xFAFF)
            or (>= 0xFE30 and <= 0xFE6F) or (>= 0xFF00 and <= 0xFF60) or (>= 0xFFE0 and <= 0xFFE6) or (>= 0x1F300 and <= 0x1FAFF)
            or (>= 0x20000 and <= 0x3FFFD);
}
