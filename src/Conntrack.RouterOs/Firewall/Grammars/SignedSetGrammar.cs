using Conntrack.RouterOs.Menus;

namespace Conntrack.RouterOs.Firewall.Grammars;

/// <summary>
/// A comma list of words, each with or without a <c>!</c>: <c>syn,!ack</c>. Written as RouterOS does, first those that have to be set.
/// </summary>
/// <param name="noun">What one of them is called: completes "is no …".</param>
/// <param name="words">Every word and its bit, in the order they are written.</param>
public sealed class SignedSetGrammar<T>(string noun, params (string Word, T Bit)[] words) : ValueGrammar<SignedSet<T>>
    where T : struct, Enum
{
    readonly string[] _words = [.. words.Select(static entry => entry.Word)];

    public override string Expected { get; } =
        string.Join(", ", words.SkipLast(1).Select(static entry => entry.Word)) + " or " + words[^1].Word
        + ", several with commas, ! in front of those that must not be";

    public override IReadOnlyList<string> Words => _words;

    /// <summary>Not the whole, but its first word: the mark may not go into quotes.</summary>
    public override bool IsNegatable => true;

    public override ValueProblem? Parse(string text, out SignedSet<T> value)
    {
        (int set, int clear) = (0, 0);
        int index = 0;
        value = default;
        foreach (string item in text.Split(','))
        {
            bool negated = item.StartsWith('!');
            string word = negated ? item[1..] : item;
            int known = Array.IndexOf(_words, word);
            if (known < 0)
            {
                return item.Length == 0 ? Whole(text, $"leaves a {noun} out") : new($"is no {noun}", index, item.Length);
            }

            int bit = Bits(words[known].Bit);
            (set, clear) = negated ? (set, clear | bit) : (set | bit, clear);
            if ((set & clear) != 0)
            {
                return new("is both wanted and not", index, item.Length);
            }

            index += item.Length + 1;
        }

        value = new((T)Enum.ToObject(typeof(T), set), (T)Enum.ToObject(typeof(T), clear));
        return null;
    }

    public override string Format(SignedSet<T> value) => string.Join(
        ',',
        words.Where(entry => (Bits(value.Set) & Bits(entry.Bit)) != 0).Select(static entry => entry.Word)
            .Concat(words.Where(entry => (Bits(value.Clear) & Bits(entry.Bit)) != 0).Select(static entry => "!" + entry.Word)));

    static int Bits(T value) => Convert.ToInt32(value, System.Globalization.CultureInfo.InvariantCulture);
}
