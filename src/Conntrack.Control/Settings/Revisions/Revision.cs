namespace Conntrack.Control.Settings.Revisions;

/// <summary>The way by which a change came.</summary>
public enum RevisionAuthor
{
    /// <summary>What the router started with.</summary>
    Start,

    /// <summary>A call of any service but the console's.</summary>
    Grpc,
    Console,

    /// <summary>Somebody asked for an earlier revision.</summary>
    Rollback,

    /// <summary>The router itself, because nobody confirmed.</summary>
    Unconfirmed,
}

/// <summary>The authors' words in files and answers.</summary>
public static class RevisionAuthorWords
{
    static readonly string[] s_words = ["start", "grpc", "console", "rollback", "unconfirmed"];

    public static string Word(this RevisionAuthor author) => s_words[(int)author];

    public static bool TryParse(string word, out RevisionAuthor author)
    {
        int index = Array.IndexOf(s_words, word);
        author = (RevisionAuthor)index;
        return index >= 0;
    }
}

/// <summary>What a revision comes to that waits for its confirmation.</summary>
/// <param name="RollsBackTo">The revision in force again if nobody confirms: the last one that did not wait itself.</param>
/// <param name="ConfirmBefore">When that happens, by the clock on the wall.</param>
public sealed record Trial(ulong RollsBackTo, DateTimeOffset ConfirmBefore);

/// <summary>One state of the configuration, without the configuration itself.</summary>
public sealed record Revision
{
    public const int MostCommentLength = 1023;

    /// <summary>From 1; the next change has the next number.</summary>
    public required ulong Number { get; init; }

    /// <summary>When it was made, to the millisecond.</summary>
    public required DateTimeOffset Time { get; init; }

    public required RevisionAuthor Author { get; init; }

    /// <summary>What its author said about it: one line, at most <see cref="MostCommentLength"/> characters.</summary>
    public string Comment { get; init; } = "";

    /// <summary>The earlier revision whose configuration it has; null unless that is why it was made.</summary>
    public ulong? Restores { get; init; }

    /// <summary>Null once it is confirmed, or when nobody has to.</summary>
    public Trial? Trial { get; init; }

    /// <summary>Fit for a comment: control characters become blanks, what is too long is cut.</summary>
    public static string OneLine(string text)
    {
        string line = string.Concat(text.Select(letter => char.IsControl(letter) ? ' ' : letter));
        int length = Math.Min(line.Length, MostCommentLength);
        return line[..(length > 0 && char.IsHighSurrogate(line[length - 1]) ? length - 1 : length)];
    }
}
