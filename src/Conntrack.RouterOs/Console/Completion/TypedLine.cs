using Conntrack.RouterOs.Language;
using Conntrack.RouterOs.Menus;

namespace Conntrack.RouterOs.Console.Completion;

/// <summary>A word of a command being typed, brackets in it left out.</summary>
/// <param name="Start">Where it begins.</param>
/// <param name="Text">What it is so far.</param>
readonly record struct TypedWord(int Start, string Text);

/// <summary>
/// What has been typed in front of the cursor, as far as completion needs it: the innermost command, the menu it is in, its words, and the
/// word the cursor is behind. A script half typed is no script; this reader never fails.
/// </summary>
sealed class TypedLine
{
    readonly Stack<Frame> _frames = new();
    readonly string _text;
    Frame _frame;
    int _at;

    TypedLine(string text, Menu menu)
    {
        _text = text;
        _frame = new Frame('\0', menu);
    }

    /// <summary>The menu in which the innermost command begins.</summary>
    public Menu Menu => _frame.Menu;

    /// <summary>The whole words of that command.</summary>
    public IReadOnlyList<TypedWord> Words => _frame.Words;

    /// <summary>The word at the cursor, which may be empty.</summary>
    public TypedWord Current => new(_frame.Start < 0 ? _text.Length : _frame.Start, _frame.Word);

    /// <summary>Whether a quote is open at the cursor.</summary>
    public bool InQuotes { get; private set; }

    /// <summary>Whether the cursor is in a comment.</summary>
    public bool InComment { get; private set; }

    /// <summary>Whether the cursor is in parentheses.</summary>
    public bool InParentheses => _frame.Opener == '(';

    /// <summary>The words of the command around the parentheses.</summary>
    public IReadOnlyList<TypedWord> OuterWords => InParentheses ? _frames.Peek().Words : [];

    /// <summary>Whether a block, bracket or quoted continuation is still open, so that a command goes on with the next line.</summary>
    public bool IsOpen => _frames.Count > 0 || _text.TrimEnd('\r', '\n').EndsWith('\\');

    /// <summary>Reads what stands in front of the cursor, typed in <paramref name="menu"/>.</summary>
    public static TypedLine Read(string text, Menu menu)
    {
        var line = new TypedLine(text, menu);
        line.Scan();
        return line;
    }

    /// <summary>The menu and command of words; the command is null while they are only a path, and nothing is known behind a wrong word.</summary>
    public static (Menu? Menu, string? Command, int Arguments) Resolve(Menu start, IReadOnlyList<TypedWord> words)
    {
        Menu menu = start;
        for (int i = 0; i < words.Count; i++)
        {
            if (words[i].Text is [':', _, ..] construct)
            {
                return (menu, construct, i + 1);
            }

            if (Enter(menu, words[i].Text, i == 0, out Menu? next, out string? command) is false)
            {
                return (null, null, i);
            }

            menu = next!;
            if (command is not null)
            {
                return (menu, command, i + 1);
            }
        }

        return (menu, null, words.Count);
    }

    /// <summary>Follows one word such as <c>ip</c>, <c>/ip/firewall</c>, <c>firewall/filter/print</c>, <c>..</c>.</summary>
    public static bool Enter(Menu from, string word, bool first, out Menu? menu, out string? command)
    {
        (menu, command) = (word.StartsWith('/') ? MenuTree.Root : from, null);
        foreach (string part in word.Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            if (command is not null)
            {
                return false;
            }

            if (part == "..")
            {
                menu = (Menu?)menu.Parent ?? menu;
            }
            else if (menu.Child(part) is Menu child)
            {
                menu = child;
            }
            else if (menu.HasCommand(part))
            {
                command = part;
            }
            else if (first && ScriptCommands.Contains(part))
            {
                command = ":" + part;
            }
            else if (first && MenuTree.Root.Child(part) is Menu top)
            {
                menu = top;
            }
            else
            {
                return false;
            }

            first = false;
        }

        return true;
    }

    void Scan()
    {
        while (_at < _text.Length)
        {
            char c = _text[_at];
            switch (c)
            {
                case '\\' when _at + 1 < _text.Length && _text[_at + 1] is '\n' or '\r':
                    _at += _text.AsSpan(_at + 1).StartsWith("\r\n") ? 3 : 2;
                    break;
                case '"':
                    Quoted();
                    break;
                case ' ' or '\t':
                    EndWord();
                    _at++;
                    break;
                case '\n' or '\r' or ';' when _frame.Opener != '(':
                    EndCommand();
                    _at++;
                    break;
                case '#' when _frame.Words.Count == 0 && _frame.Start < 0:
                    int end = _text.AsSpan(_at).IndexOfAny('\n', '\r');
                    InComment = end < 0;
                    _at = end < 0 ? _text.Length : _at + end;
                    break;
                case '{' or '[' or '(':
                    Open(c);
                    break;
                case '}' or ']' or ')':
                    Close(c);
                    break;
                default:
                    Take(_text[_at].ToString());
                    _at++;
                    break;
            }
        }
    }

    void Take(string text)
    {
        _frame.Start = _frame.Start < 0 ? _at : _frame.Start;
        _frame.Word += text;
    }

    void Quoted()
    {
        _frame.Start = _frame.Start < 0 ? _at : _frame.Start;
        int start = _at++;
        while (_at < _text.Length && _text[_at] != '"')
        {
            // A quote that a line break ends is closed by it.
            if (_text[_at] is '\n' or '\r')
            {
                _frame.Word += _text[start.._at];
                return;
            }

            _at += _text[_at] == '\\' ? _text.AsSpan(_at + 1).StartsWith("\r\n") ? 3 : 2 : 1;
        }

        _at = Math.Min(_at, _text.Length);
        InQuotes = _at == _text.Length;
        _at += InQuotes ? 0 : 1;
        _frame.Word += _text[start.._at];
    }

    void EndWord()
    {
        if (_frame.Start >= 0)
        {
            _frame.Words.Add(new TypedWord(_frame.Start, _frame.Word));
            (_frame.Start, _frame.Word) = (-1, "");
        }
    }

    void EndCommand()
    {
        EndWord();
        if (_frame.Words.Count > 0 && Resolve(_frame.Menu, _frame.Words) is (Menu menu, null, _))
        {
            _frame.Menu = menu;
        }

        _frame.Words.Clear();
    }

    void Open(char opener)
    {
        List<TypedWord> words = _frame.Start >= 0 && opener != '{' ? [.. _frame.Words] : [.. _frame.Words, .. Pending()];
        (Menu? menu, string? command, _) = Resolve(_frame.Menu, words);
        bool entersMenu = opener == '[' || (opener == '{' && command is null);
        _frame.Start = _frame.Start < 0 ? _at : _frame.Start;
        _frames.Push(_frame);
        _frame = new Frame(opener, entersMenu ? menu ?? _frame.Menu : _frame.Menu);
        _at++;
    }

    IEnumerable<TypedWord> Pending() =>
        _frame.Start >= 0 && !_frame.Word.Contains('=') ? [new TypedWord(_frame.Start, _frame.Word)] : [];

    void Close(char closer)
    {
        char opener = closer switch { '}' => '{', ']' => '[', _ => '(' };
        if (_frames.Count > 0 && (_frame.Opener == opener || _frames.Any(frame => frame.Opener == opener)))
        {
            while (_frame.Opener != opener)
            {
                _frame = _frames.Pop();
            }

            _frame = _frames.Pop();
            _frame.Word += $"{opener}{closer}";
            if (closer == '}' && Resolve(_frame.Menu, _frame.Words) is (_, null, _))
            {
                // A block by itself ends its line.
                (_frame.Start, _frame.Word) = (-1, "");
                _frame.Words.Clear();
            }
        }

        _at++;
    }

    /// <summary>A command on its way, inside what opened it.</summary>
    sealed class Frame(char opener, Menu menu)
    {
        public char Opener => opener;

        public Menu Menu { get; set; } = menu;

        public List<TypedWord> Words { get; } = [];

        public string Word { get; set; } = "";

        /// <summary>Where the word begins; -1 between words.</summary>
        public int Start { get; set; } = -1;
    }
}
