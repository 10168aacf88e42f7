using System.Globalization;

namespace Conntrack.RouterOs.Firewall.Patterns;

/// <summary>
/// Reads a regular expression as layer7-protocol has them: POSIX extended, over bytes, without regard to case, and with <c>\xHH</c> for a byte as
/// the patterns of l7-filter write it.
/// </summary>
sealed class PatternReader
{
    const int MostDepth = 64, MostRepeats = 255, MostRepeated = 4;

    static readonly Dictionary<string, ByteSet> s_classes = new()
    {
        ["alpha"] = Letters, ["digit"] = Digits, ["alnum"] = Letters.With(Digits), ["upper"] = Letters, ["lower"] = Letters,
        ["space"] = Spaces, ["blank"] = new ByteSet().With(' ').With('\t'), ["cntrl"] = ByteSet.Range(0, 31).With(127),
        ["graph"] = ByteSet.Range(33, 126), ["print"] = ByteSet.Range(32, 126),
        ["punct"] = ByteSet.Range(33, 47).With(ByteSet.Range(58, 64)).With(ByteSet.Range(91, 96)).With(ByteSet.Range(123, 126)),
        ["xdigit"] = Digits.With(ByteSet.Range('a', 'f')).With(ByteSet.Range('A', 'F')),
    };

    readonly string _text;
    int _at;
    int _depth;

    PatternReader(string text) => _text = text;

    static ByteSet Letters => ByteSet.Range('a', 'z').With(ByteSet.Range('A', 'Z'));

    static ByteSet Digits => ByteSet.Range('0', '9');

    static ByteSet Spaces => ByteSet.Range(9, 13).With(' ');

    /// <summary>The expression.</summary>
    /// <exception cref="PatternException">It is none; says where.</exception>
    public static PatternNode Read(string text)
    {
        var reader = new PatternReader(text);
        PatternNode node = reader.Choice();
        return reader._at == text.Length ? node : throw reader.Problem("closes a group that was not opened", reader._at, 1);
    }

    PatternNode Choice()
    {
        List<PatternNode> parts = [Sequence()];
        while (Take('|'))
        {
            parts.Add(Sequence());
        }

        return parts.Count == 1 ? parts[0] : new PatternNode.Choice(parts);
    }

    PatternNode Sequence()
    {
        List<PatternNode> parts = [];
        while (_at < _text.Length && _text[_at] is not ('|' or ')'))
        {
            parts.Add(Repeated());
        }

        return parts.Count switch { 0 => new PatternNode.Empty(), 1 => parts[0], _ => new PatternNode.Sequence(parts) };
    }

    PatternNode Repeated()
    {
        int begin = _at;
        PatternNode node = Atom();
        for (int repeated = 0; _at < _text.Length; repeated++)
        {
            int at = _at;
            (int Least, int? Most) times;
            switch (_text[_at])
            {
                case '*':
                    times = (0, null);
                    _at++;
                    break;
                case '+':
                    times = (1, null);
                    _at++;
                    break;
                case '?':
                    times = (0, 1);
                    _at++;
                    break;
                case '{' when _at + 1 < _text.Length && char.IsAsciiDigit(_text[_at + 1]):
                    times = Times();
                    break;
                default:
                    return node;
            }

            if (node is PatternNode.Begin or PatternNode.End)
            {
                throw Problem("repeats no byte", at, _at - at);
            }

            node = new PatternNode.Repeat(node, times.Least, times.Most);
            if (repeated == MostRepeated)
            {
                throw Problem("is repeated again and again", begin, _at - begin);
            }
        }

        return node;
    }

    (int Least, int? Most) Times()
    {
        int begin = _at++;
        int least = Number(begin);
        int? most = least;
        if (Take(','))
        {
            most = _at < _text.Length && char.IsAsciiDigit(_text[_at]) ? Number(begin) : null;
        }

        if (!Take('}'))
        {
            throw Problem("lacks the closing brace", begin, _text.Length - begin);
        }

        return least > (most ?? int.MaxValue) ? throw Problem("ends before it begins", begin, _at - begin) : (least, most);
    }

    int Number(int begin)
    {
        int first = _at;
        while (_at < _text.Length && char.IsAsciiDigit(_text[_at]))
        {
            _at++;
        }

        return int.TryParse(_text.AsSpan(first, _at - first), NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number <= MostRepeats
            ? number
            : throw Problem($"repeats more than {MostRepeats} times", begin, _at - begin);
    }

    PatternNode Atom()
    {
        int at = _at;
        char letter = _text[_at++];
        switch (letter)
        {
            case '(':
                return Group(at);
            case '[':
                return new PatternNode.One(Bracket(at).Folded);
            case '.':
                return new PatternNode.One(ByteSet.All);
            case '^':
                return new PatternNode.Begin();
            case '$':
                return new PatternNode.End();
            case '\\':
                ByteSet bytes = Escaped(at).Folded;
                return bytes == new ByteSet().With(0)
                    ? throw Problem("asks for a zero, which is taken out of what is searched", at, _at - at)
                    : new PatternNode.One(bytes);
            case '*' or '+' or '?':
                throw Problem("repeats nothing", at, 1);
            default:
                return new PatternNode.One(Byte(letter, at).Folded);
        }
    }

    PatternNode Group(int at)
    {
        if (++_depth > MostDepth)
        {
            throw Problem("is nested too deep", at, 1);
        }

        PatternNode node = Choice();
        if (!Take(')'))
        {
            throw Problem("opens a group that is not closed", at, 1);
        }

        _depth--;
        return node;
    }

    ByteSet Bracket(int at)
    {
        bool inverted = Take('^');
        ByteSet set = default;
        for (bool isFirst = true; ; isFirst = false)
        {
            if (_at >= _text.Length)
            {
                throw Problem("opens a set that is not closed", at, 1);
            }

            if (_text[_at] == ']' && !isFirst)
            {
                _at++;
                return inverted ? set.Folded.Inverted : set;
            }

            int begin = _at;
            ByteSet member = Member(out int? first);
            if (first is { } from && _at + 1 < _text.Length && _text[_at] == '-' && _text[_at + 1] != ']')
            {
                _at++;
                Member(out int? last);
                member = last is { } to && from <= to
                    ? ByteSet.Range(from, to)
                    : throw Problem("is no range", begin, _at - begin);
            }

            set = set.With(member);
        }
    }

    /// <summary>A member of a set; <paramref name="value"/> where it is one byte, which a range may begin or end with.</summary>
    ByteSet Member(out int? value)
    {
        int at = _at;
        value = null;
        char letter = _text[_at++];
        if (letter == '[' && _at < _text.Length && _text[_at] == ':')
        {
            int end = _text.IndexOf(":]", _at + 1, StringComparison.Ordinal);
            string name = end < 0 ? "" : _text[(_at + 1)..end];
            if (!s_classes.TryGetValue(name, out ByteSet known))
            {
                throw Problem("names no class of characters", at, (end < 0 ? _text.Length : end + 2) - at);
            }

            _at = end + 2;
            return known;
        }

        ByteSet set = letter == '\\' ? Escaped(at) : Byte(letter, at);
        value = Enumerable.Range(0, 256).Where(set.Contains).Take(2).ToArray() is [int only] ? only : null;
        return set;
    }

    ByteSet Escaped(int at)
    {
        if (_at >= _text.Length)
        {
            throw Problem("escapes nothing", at, 1);
        }

        char letter = _text[_at++];
        switch (letter)
        {
            case 'x' or 'X':
                if (_at + 2 > _text.Length || !byte.TryParse(_text.AsSpan(_at, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out byte value))
                {
                    throw Problem("lacks two hexadecimal digits", at, 2);
                }

                _at += 2;
                return new ByteSet().With(value);
            case 'n':
                return new ByteSet().With('\n');
            case 'r':
                return new ByteSet().With('\r');
            case 't':
                return new ByteSet().With('\t');
            case 'd':
                return Digits;
            case 's':
                return Spaces;
            case 'w':
                return Letters.With(Digits).With('_');
            case 'D':
                return Digits.Inverted;
            case 'S':
                return Spaces.Inverted;
            case 'W':
                return Letters.With(Digits).With('_').Inverted;
            default:
                return char.IsAsciiLetterOrDigit(letter) ? throw Problem("is no escape", at, 2) : Byte(letter, at);
        }
    }

    ByteSet Byte(char letter, int at) => letter <= byte.MaxValue ? new ByteSet().With(letter) : throw Problem("is no byte", at, 1);

    bool Take(char letter)
    {
        bool there = _at < _text.Length && _text[_at] == letter;
        _at += there ? 1 : 0;
        return there;
    }

    PatternException Problem(string what, int index, int length) => new(what, index, Math.Min(length, _text.Length - index));
}

/// <summary>A regular expression that is none, or that is too large.</summary>
/// <param name="message">What of it is wrong, a phrase behind its name.</param>
/// <param name="index">Where that begins.</param>
/// <param name="length">How long it is.</param>
sealed class PatternException(string message, int index, int length) : Exception(message)
{
    public int Index => index;

    public int Length => length;
}
