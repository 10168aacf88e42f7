using Conntrack.RouterOs.Menus;

namespace Conntrack.RouterOs.Firewall.Grammars;

/// <summary>A comma list of words, each a bit of <typeparamref name="T"/>; written in the order of <paramref name="words"/>.</summary>
/// <param name="noun">What one of them is called: completes "is no …" and "leaves … out".</param>
/// <param name="words">Every word and its bit.</param>
public sealed class WordSetGrammar<T>(string noun, params (string Word, T Bit)[] words) : ValueGrammar<T>
    where T : struct, Enum
{
    readonly string[] _words = [.. words.Select(static entry => entry.Word)];

    public override string Expected { get; } =
        string.Join(", ", words.SkipLast(1).Select(static entry => entry.Word)) + " or " + words[^1].Word + ", several with commas";

    public override IReadOnlyList<string> Words => _words;

    public override ValueProblem? Parse(string text, out T value)
    {
        int bits = 0;
        int index = 0;
        value = default;
        foreach (string word in text.Split(','))
        {
            int known = Array.IndexOf(_words, word);
            if (known < 0)
            {
                string article = noun[0] is 'a' or 'e' or 'i' or 'o' or 'u' ? "an" : "a";
                return word.Length == 0 ? Whole(text, $"leaves {article} {noun} out") : new($"is no {noun}", index, word.Length);
            }

            bits |= Bits(words[known].Bit);
            index += word.Length + 1;
        }

        value = (T)Enum.ToObject(typeof(T), bits);
        return null;
    }

    public override string Format(T value) =>
        string.Join(',', words.Where(entry => (Bits(value) & Bits(entry.Bit)) != 0).Select(static entry => entry.Word));

    static int Bits(T value) => Convert.ToInt32(value, System.Globalization.CultureInfo.InvariantCulture);
}
