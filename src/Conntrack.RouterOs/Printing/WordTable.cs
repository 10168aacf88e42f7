namespace Conntrack.RouterOs.Printing;

/// <summary>An enum's words, ordered by value: RouterOS compares words exactly, case included.</summary>
static class WordTable
{
    public static int IndexOf(ReadOnlySpan<string> words, ReadOnlySpan<char> word)
    {
        for (int i = 0; i < words.Length; i++)
        {
            if (word.SequenceEqual(words[i]))
            {
                return i;
            }
        }

        return -1;
    }
}
