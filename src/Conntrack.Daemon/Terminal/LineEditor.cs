using Conntrack.Control.Replay;
using Conntrack.RouterOs.Console.Completion;
using Conntrack.V1;

namespace Conntrack.Daemon.Terminal;

/// <summary>Reads one command from a terminal, which is several lines while a block or bracket is open.</summary>
sealed class LineEditor(Screen screen, CommandHistory history, RouterLink link)
{
    readonly LineBuffer _buffer = new();
    string _prompt = "";
    string _menu = "";

    /// <summary>The lines before the one being edited, each with its line break.</summary>
    string _before = "";
    int _recalled;
    string _typed = "";
    bool _tabbed;

    /// <summary>A whole command; null when the user leaves.</summary>
    public string? Read(string prompt, string menu)
    {
        (_prompt, _menu, _before, _typed, _recalled) = (prompt, menu, "", "", history.Lines.Count);
        _buffer.Set("");
        while (true)
        {
            Draw();
            ConsoleKeyInfo key = screen.ReadKey();
            bool isTab = key.Key == ConsoleKey.Tab;
            if (key.Key == ConsoleKey.Enter || key.KeyChar is '\n' or '\r')
            {
                if (Enter() is string command)
                {
                    return command;
                }
            }
            else if (IsControl(key, ConsoleKey.C))
            {
                Leave();
                (_before, _recalled) = ("", history.Lines.Count);
                _buffer.Set("");
            }
            else if (IsControl(key, ConsoleKey.D) && _buffer.Text.Length == 0)
            {
                Leave();
                return null;
            }
            else if (isTab)
            {
                Complete();
            }
            else if (key.Key == ConsoleKey.F1 || (key.KeyChar == '?' && !InQuotes()))
            {
                Help();
            }
            else if (IsControl(key, ConsoleKey.R))
            {
                Search();
            }
            else if (IsControl(key, ConsoleKey.L))
            {
                screen.Clear();
            }
            else
            {
                Edit(key);
            }

            _tabbed = isTab;
        }
    }

    string Prompt => _before.Length == 0 ? _prompt : "{... ";

    void Draw() => screen.Draw(Prompt, _buffer.Text, _buffer.Cursor, text => Colours.Paint(text, _menu));

    string? Enter()
    {
        Leave();
        string text = _before + _buffer.Text;
        if (ConsoleCompleter.IsOpen(text))
        {
            _before = text + "\n";
            _buffer.Set("");
            return null;
        }

        return text;
    }

    void Leave()
    {
        _buffer.End();
        Draw();
        screen.EndLine();
    }

    void Edit(ConsoleKeyInfo key)
    {
        bool control = key.Modifiers.HasFlag(ConsoleModifiers.Control);
        bool alt = key.Modifiers.HasFlag(ConsoleModifiers.Alt);
        switch (key.Key)
        {
            case ConsoleKey.LeftArrow when control || alt:
            case ConsoleKey.B when alt:
                _buffer.WordLeft();
                break;
            case ConsoleKey.RightArrow when control || alt:
            case ConsoleKey.F when alt:
                _buffer.WordRight();
                break;
            case ConsoleKey.LeftArrow:
            case ConsoleKey.B when control:
                _buffer.Left();
                break;
            case ConsoleKey.RightArrow:
            case ConsoleKey.F when control:
                _buffer.Right();
                break;
            case ConsoleKey.Home:
            case ConsoleKey.A when control:
                _buffer.Home();
                break;
            case ConsoleKey.End:
            case ConsoleKey.E when control:
                _buffer.End();
                break;
            case ConsoleKey.K when control:
                _buffer.KillToEnd();
                break;
            case ConsoleKey.U when control:
                _buffer.KillToStart();
                break;
            case ConsoleKey.W when control:
                _buffer.KillWord();
                break;
            case ConsoleKey.Y when control:
                _buffer.Yank();
                break;
            case ConsoleKey.Backspace:
            case ConsoleKey.H when control:
                _buffer.Backspace();
                break;
            case ConsoleKey.Delete:
            case ConsoleKey.D when control:
                _buffer.Delete();
                break;
            case ConsoleKey.UpArrow:
            case ConsoleKey.P when control:
                Recall(-1);
                break;
            case ConsoleKey.DownArrow:
            case ConsoleKey.N when control:
                Recall(1);
                break;
            default:
                Insert(key);
                break;
        }
    }

    void Insert(ConsoleKeyInfo key)
    {
        if (!char.IsControl(key.KeyChar))
        {
            // The second half of a pair comes as a key of its own.
            string text = char.IsHighSurrogate(key.KeyChar) ? $"{key.KeyChar}{screen.ReadKey().KeyChar}" : key.KeyChar.ToString();
            _buffer.Insert(text);
        }
    }

    void Recall(int step)
    {
        int wanted = Math.Clamp(_recalled + step, 0, history.Lines.Count);
        if (wanted == _recalled)
        {
            return;
        }

        _typed = _recalled == history.Lines.Count ? _buffer.Text : _typed;
        _recalled = wanted;
        Take(wanted == history.Lines.Count ? _typed : history.Lines[wanted]);
    }

    /// <summary>A command of several lines is edited in its last; those before it stay.</summary>
    void Take(string command)
    {
        int line = command.LastIndexOf('\n') + 1;
        _before = command[..line];
        _buffer.Set(command[line..]);
    }

    /// <summary>Ctrl-R: the latest command that holds what is typed now, Ctrl-R again for the one before it.</summary>
    void Search()
    {
        string wanted = "";
        int at = history.Lines.Count - 1;
        while (true)
        {
            int found = FindBack(at, wanted);
            string shown = found >= 0 ? history.Lines[found].Replace('\n', ' ') : "";
            screen.Draw($"(search '{wanted}'): ", shown, shown.Length, static text => text);
            ConsoleKeyInfo key = screen.ReadKey();
            if (IsControl(key, ConsoleKey.R))
            {
                at = Math.Max(0, found - 1);
            }
            else if (key.Key == ConsoleKey.Backspace)
            {
                (wanted, at) = (wanted.Length > 0 ? wanted[..^1] : "", history.Lines.Count - 1);
            }
            else if (char.IsControl(key.KeyChar) || key.KeyChar == '\0')
            {
                if (found >= 0 && !IsControl(key, ConsoleKey.C) && !IsControl(key, ConsoleKey.G) && wanted.Length > 0)
                {
                    Take(history.Lines[found]);
                }

                return;
            }
            else
            {
                (wanted, at) = (wanted + key.KeyChar, history.Lines.Count - 1);
            }
        }
    }

    int FindBack(int from, string wanted)
    {
        for (int i = Math.Min(from, history.Lines.Count - 1); i >= 0; i--)
        {
            if (history.Lines[i].Contains(wanted, StringComparison.Ordinal))
            {
                return i;
            }
        }

        return -1;
    }

    /// <summary>Writes as much as is certain; a second Tab lists what is possible.</summary>
    void Complete()
    {
        if (Ask() is not { Candidates.Count: > 0 } answer)
        {
            return;
        }

        string common = answer.Candidates.Select(static candidate => candidate.Text).Aggregate(Common);
        int start = (int)answer.Start - _before.Length;
        if (start < 0)
        {
            return;
        }

        string suffix = answer.Candidates is [{ } only] ? SuffixOf(only, start) : "";
        if (common.Length + suffix.Length > (int)answer.Length)
        {
            _buffer.Replace(start, (int)answer.Length, common + suffix);
        }
        else if (_tabbed)
        {
            List(answer, describe: false);
        }
    }

    string SuffixOf(Candidate candidate, int start) =>
        candidate.Text.EndsWith('=') || candidate.Text.EndsWith(' ') || candidate.Kind == "variable" ? ""
        : candidate.Kind == "menu" && start > 0 && _buffer.Text[start - 1] == '/' ? "/"
        : " ";

    void Help()
    {
        if (Ask() is { } answer)
        {
            List(answer, describe: true);
        }
    }

    CompleteResponse? Ask()
    {
        try
        {
            return link.Complete(new CompleteRequest
            {
                Text = _before + _buffer.Text, Cursor = (uint)(_before.Length + _buffer.Cursor), Menu = _menu,
            });
        }
        catch (UserErrorException)
        {
            // What is typed stays; the command itself will say that nobody answers.
            return null;
        }
    }

    void List(CompleteResponse answer, bool describe)
    {
        int cursor = _buffer.Cursor;
        string text = _buffer.Text;
        Leave();
        if (describe)
        {
            int width = answer.Candidates.Count == 0 ? 0 : answer.Candidates.Max(static candidate => Screen.Columns(candidate.Text));
            foreach (Candidate candidate in answer.Candidates)
            {
                screen.WriteColoured(candidate.Text + new string(' ', width - Screen.Columns(candidate.Text)), ColourOf(candidate.Kind));
                screen.Write(candidate.Description.Length > 0 ? $" -- {candidate.Description}\n" : "\n");
            }

            screen.Write(answer.Expected.Length > 0 ? $"expected: {answer.Expected}\n" : answer.Candidates.Count == 0 ? "nothing is known of this\n" : "");
        }
        else
        {
            int width = answer.Candidates.Max(static candidate => Screen.Columns(candidate.Text)) + 2;
            int columns = Math.Max(1, screen.Width / width);
            for (int i = 0; i < answer.Candidates.Count; i++)
            {
                Candidate candidate = answer.Candidates[i];
                bool last = i % columns == columns - 1 || i == answer.Candidates.Count - 1;
                screen.WriteColoured(candidate.Text, ColourOf(candidate.Kind));
                screen.Write(last ? "\n" : new string(' ', width - Screen.Columns(candidate.Text)));
            }
        }

        _buffer.Set(text);
        _buffer.Replace(cursor, 0, "");
    }

    static string ColourOf(string kind) => kind switch
    {
        "menu" => "\e[36m",
        "command" => "\e[35m",
        "property" => "\e[32m",
        "variable" => "\e[33m",
        _ => "",
    };

    bool InQuotes() => ConsoleCompleter.IsQuoted(_before + _buffer.Text[.._buffer.Cursor]);

    static bool IsControl(ConsoleKeyInfo key, ConsoleKey letter) =>
        (key.Key == letter && key.Modifiers.HasFlag(ConsoleModifiers.Control)) || key.KeyChar == (char)(letter - ConsoleKey.A + 1);

    static string Common(string left, string right)
    {
        int length = 0;
        while (length < left.Length && length < right.Length && left[length] == right[length])
        {
            length++;
        }

        return left[..length];
    }
}
