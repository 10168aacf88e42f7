using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Conntrack.Control.Settings.Revisions;

/// <summary>
/// A revision as a file: a RouterOS script that any reader of scripts takes, with what there is to know about it as comments in front, and
/// behind it the digest of everything above. A file that lost its end has no digest.
/// <code>
/// # ctrack revision 17
/// # time 2026-11-26T15:27:14.123Z
/// # author grpc
/// # comment let the office in
/// # rolls-back-to 16
/// # confirm-before 2026-11-26T15:32:14.123Z
/// #
/// /ip firewall filter
/// add chain=forward src-address=192.0.2.0/24
/// # sha256 2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae
/// </code>
/// </summary>
static class RevisionFile
{
    const string TimeFormat = "yyyy-MM-dd'T'HH:mm:ss.fff'Z'";
    const string RevisionKey = "ctrack revision";
    const string DigestMark = "# sha256 ";
    const int DigestLine = 9 + 64 + 1;

    static readonly UTF8Encoding s_utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    public static byte[] Write(Revision revision, string script)
    {
        var text = new StringBuilder();
        Line(RevisionKey, Number(revision.Number));
        Line("time", Time(revision.Time));
        Line("author", revision.Author.Word());
        if (revision.Comment.Length > 0)
        {
            Line("comment", revision.Comment);
        }

        if (revision.Restores is { } restored)
        {
            Line("restores", Number(restored));
        }

        if (revision.Trial is { } trial)
        {
            Line("rolls-back-to", Number(trial.RollsBackTo));
            Line("confirm-before", Time(trial.ConfirmBefore));
        }

        text.Append("#\n").Append(script);
        byte[] above = s_utf8.GetBytes(text.ToString());
        return [.. above, .. Encoding.ASCII.GetBytes($"{DigestMark}{Digest(above)}\n")];

        void Line(string key, string value) => text.Append("# ").Append(key).Append(' ').Append(value).Append('\n');
    }

    /// <summary>Reads it back. Returns what is the matter with the file, null when nothing is.</summary>
    public static string? Read(ReadOnlySpan<byte> file, out Revision? revision, out string script)
    {
        revision = null;
        script = "";
        if (file.Length < DigestLine || !file[^DigestLine..].StartsWith(Encoding.ASCII.GetBytes(DigestMark)))
        {
            return file.Length == 0 ? "it is empty" : "its last line is not the sha256 of what is above, so its end is missing or was changed";
        }

        ReadOnlySpan<byte> above = file[..^DigestLine];
        if (!file[^DigestLine..].SequenceEqual(Encoding.ASCII.GetBytes($"{DigestMark}{Digest(above)}\n")))
        {
            return "it was changed: the sha256 in its last line is of something else";
        }

        string text;
        try
        {
            text = s_utf8.GetString(above);
        }
        catch (DecoderFallbackException)
        {
            return "it is no UTF-8 text";
        }

        int headEnd = text.IndexOf("\n#\n", StringComparison.Ordinal);
        revision = headEnd < 0 ? null : Head(text[..headEnd].Split('\n'));
        script = headEnd < 0 ? "" : text[(headEnd + 3)..];
        return revision is null ? "its first lines do not say which revision it is" : null;
    }

    static Revision? Head(string[] lines)
    {
        var values = new Dictionary<string, string>();
        foreach (string line in lines)
        {
            int key = line.StartsWith($"# {RevisionKey} ", StringComparison.Ordinal) ? RevisionKey.Length : line.IndexOf(' ', 2) - 2;
            if (!line.StartsWith("# ", StringComparison.Ordinal) || key <= 0)
            {
                return null;
            }

            values[line.Substring(2, key)] = line[(key + 3)..];
        }

        if (NumberOf(RevisionKey) is not { } number || TimeOf("time") is not { } time
            || !RevisionAuthorWords.TryParse(values.GetValueOrDefault("author", ""), out RevisionAuthor author))
        {
            return null;
        }

        return new Revision
        {
            Number = number,
            Time = time,
            Author = author,
            Comment = values.GetValueOrDefault("comment", ""),
            Restores = NumberOf("restores"),
            Trial = NumberOf("rolls-back-to") is { } back && TimeOf("confirm-before") is { } deadline ? new Trial(back, deadline) : null,
        };

        ulong? NumberOf(string key) =>
            values.TryGetValue(key, out string? text) && ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out ulong value)
                ? value
                : null;

        DateTimeOffset? TimeOf(string key) =>
            values.TryGetValue(key, out string? text)
            && DateTimeOffset.TryParseExact(
                text, TimeFormat, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset value)
                ? value
                : null;
    }

    static string Digest(ReadOnlySpan<byte> bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));

    static string Number(ulong number) => number.ToString(CultureInfo.InvariantCulture);

    static string Time(DateTimeOffset time) => time.UtcDateTime.ToString(TimeFormat, CultureInfo.InvariantCulture);
}
