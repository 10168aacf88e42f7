using System.Globalization;

namespace Conntrack.Daemon.Terminal;

/// <summary>A line being edited: its text and a cursor that steps over whole characters as people see them.</summary>
sealed class LineBuffer
{
    string _killed = "";

    public string Text { get; private set; } = "";

    /// <summary>In UTF-16 units from the beginning.</summary>
    public int Cursor { get; private set; }

    public void Set(string text) => (Text, Cursor) = (text, text.Length);

    public void Insert(string text) => Replace(Cursor, 0, text);

    /// <summary>Puts text in the place of a stretch; the cursor is behind it.</summary>
    public void Replace(int start, int length, string text)
    {
        Text = Text[..start] + text + Text[(start + length)..];
        Cursor = start + text.Length;
    }

    public void Home() => Cursor = 0;

    public void End() => Cursor = Text.Length;

    public void Left() => Cursor = Before(Cursor);

    public void Right() => Cursor += Cursor < Text.Length ? StringInfo.GetNextTextElementLength(Text, Cursor) : 0;

    public void WordLeft() => Cursor = WordStart();

    public void WordRight()
    {
        while (Cursor < Text.Length && IsBlank(Text[Cursor]))
        {
            Cursor++;
        }

        while (Cursor < Text.Length && !IsBlank(Text[Cursor]))
        {
            Cursor++;
        }
    }

    public void Backspace()
    {
        int start = Before(Cursor);
        Replace(start, Cursor - start, "");
    }

    public void Delete()
    {
        if (Cursor < Text.Length)
        {
            Replace(Cursor, StringInfo.GetNextTextElementLength(Text, Cursor), "");
        }
    }

    public void KillToEnd() => Kill(Cursor, Text.Length);

    public void KillToStart() => Kill(0, Cursor);

    public void KillWord() => Kill(WordStart(), Cursor);

    /// <summary>Puts back what was killed last.</summary>
    public void Yank() => Insert(_killed);

    void Kill(int start, int end)
    {
        if (end > start)
        {
            _killed = Text[start..end];
            Replace(start, end - start, "");
        }
    }

    int WordStart()
    {
        int start = Cursor;
        while (start > 0 && IsBlank(Text[start - 1]))
        {
            start--;
        }

        while (start > 0 && !IsBlank(Text[start - 1]))
        {
            start--;
        }

        return start;
    }

    int Before(int cursor)
    {
        int at = 0, before = 0;
        while (at < cursor)
        {
            before = at;
            at += StringInfo.GetNextTextElementLength(Text, at);
        }

        return before;
    }

    static bool IsBlank(char c) => c is ' ' or '\t';
}
