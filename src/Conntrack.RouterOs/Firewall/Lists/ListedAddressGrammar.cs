using Conntrack.RouterOs.Menus;

namespace Conntrack.RouterOs.Firewall.Lists;

/// <summary>What an address list may hold: addresses, or a name of the DNS in the letters that host names have (RFC 1123 2.1).</summary>
sealed class ListedAddressGrammar(RuleFamily family) : ValueGrammar<ListedTarget>
{
    const int MostLetters = 253, MostLettersOfLabel = 63;

    readonly AddressRangeGrammar _addresses = new(family);

    public override string Expected => $"{_addresses.Expected}, or a name such as www.example.com";

    public override ValueProblem? Parse(string text, out ListedTarget value)
    {
        // Nearly every entry is an address, and there may be a million: a name is what is none.
        ValueProblem? problem = _addresses.Parse(text, out AddressRange range);
        bool isName = problem is not null && IsName(text);
        value = new ListedTarget(range, isName ? text : null);
        return isName ? null : problem;
    }

    public override string Format(ListedTarget value) => value.Text;

    /// <summary>
    /// Two labels at least, and a letter in the last one: a word by itself is rather a list whose name went astray, and 10.0.0.256 is no name.
    /// </summary>
    static bool IsName(string text)
    {
        if (text.Length > MostLetters || !text.Contains('.', StringComparison.Ordinal) || text.Contains(':', StringComparison.Ordinal))
        {
            return false;
        }

        string[] labels = text.Split('.');
        return labels.All(IsLabel) && labels[^1].Any(char.IsAsciiLetter);
    }

    static bool IsLabel(string label) =>
        label.Length is > 0 and <= MostLettersOfLabel && label[0] != '-' && label[^1] != '-'
        && label.All(static letter => char.IsAsciiLetterOrDigit(letter) || letter is '-' or '_');
}
