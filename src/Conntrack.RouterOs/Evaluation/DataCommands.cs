using System.Text;
using Conntrack.RouterOs.Language;

namespace Conntrack.RouterOs.Evaluation;

/// <summary>The language's commands that make values of values: <c>:len</c>, <c>:pick</c>, <c>:tonum</c>. What cannot be converted is nil.</summary>
static class DataCommands
{
    public static bool Contains(string command) => command is
        ":len" or ":pick" or ":find" or ":typeof" or ":range" or ":nothing" or ":tostr" or ":tonum" or ":tobool" or ":toip" or ":toip6"
        or ":totime" or ":toarray" or ":toid" or ":tonsec" or ":tocrlf" or ":tolf";

    /// <summary>What <paramref name="command"/> makes of its arguments.</summary>
    public static ScriptData Apply(string command, IReadOnlyList<ScriptData> arguments, SourceSpan span, ScriptBudget budget)
    {
        if (command == ":nothing")
        {
            return NothingData.Nothing;
        }

        if (arguments.Count == 0)
        {
            throw new ScriptError(span, $"{command} without a value", $"{command} and a value");
        }

        ScriptData value = arguments[0];
        return command switch
        {
            ":len" => new NumberData(value.Length),
            ":typeof" => new TextData(value.Type),
            ":pick" => Pick(value, arguments, span, budget),
            ":find" => Find(value, arguments, span, budget),
            ":range" => Range(arguments, span, budget),
            ":tostr" => ToText(value, span),
            ":tonum" => ToNumber(value),
            ":tobool" => ToTruth(value),
            ":toip" => ToAddress(value, isIPv6: false),
            ":toip6" => ToAddress(value, isIPv6: true),
            ":totime" => ToTime(value),
            ":tonsec" => ToTime(value) is TimeData { Value.Ticks: > long.MinValue / 100 and < long.MaxValue / 100 } time
                ? new NumberData(time.Value.Ticks * 100) : NothingData.Nil,
            ":toarray" => ToArray(value, span, budget),
            ":toid" => ToId(value),
            ":tolf" => new TextData(value.Text.Replace("\r\n", "\n", StringComparison.Ordinal)),
            _ => new TextData(value.Text.Replace("\r\n", "\n", StringComparison.Ordinal).Replace("\n", "\r\n", StringComparison.Ordinal)),
        };
    }

    /// <summary>
    /// <c>:pick value start [end]</c>: characters or elements from the first position up to, and without, the second; one when there is no
    /// second.
    /// </summary>
    static ScriptData Pick(ScriptData value, IReadOnlyList<ScriptData> arguments, SourceSpan span, ScriptBudget budget)
    {
        int length = value is ArrayData ? ((ArrayData)value).Items.Count : value.Length;
        int start = Math.Clamp(Position(arguments, 1, 0, span), 0, length);
        bool single = arguments.Count < 3 || arguments[2].IsNothing;
        int end = Math.Clamp(single ? start + 1 : Position(arguments, 2, 0, span), start, length);
        if (value is not ArrayData array)
        {
            budget.PayText(span, end - start);
            return value.IsNothing ? NothingData.Nil : new TextData(value.Text[start..end]);
        }

        if (single)
        {
            return array.Find(new NumberData(start)) ?? NothingData.Nil;
        }

        budget.PayElements(span, end - start);
        return ArrayData.Of(array.Items.GetRange(start, end - start));
    }

    /// <summary><c>:find where what [after]</c>: the position of a part of a text or of an element, behind position <c>after</c>.</summary>
    static ScriptData Find(ScriptData value, IReadOnlyList<ScriptData> arguments, SourceSpan span, ScriptBudget budget)
    {
        if (arguments.Count < 2)
        {
            throw new ScriptError(span, ":find without a value to look for", ":find, where to look and what to look for");
        }

        int after = Position(arguments, 2, -1, span);
        ScriptData wanted = arguments[1];
        if (value is ArrayData array)
        {
            budget.Pay(span, array.Length);
            (ScriptData Key, ScriptData Value) found = array.Entries
                .FirstOrDefault(entry => entry.Key is not NumberData { Value: var index } || index > after
                    ? ScriptComparison.AreEqual(entry.Value, wanted) : false);
            return found.Key ?? NothingData.Nil;
        }

        string text = value.Text;
        budget.PayText(span, text.Length);
        int start = Math.Max(0, after + 1);
        int position = start >= text.Length ? -1 : text.IndexOf(wanted.Text, start, StringComparison.Ordinal);
        return position < 0 ? NothingData.Nil : new NumberData(position);
    }

    static ArrayData Range(IReadOnlyList<ScriptData> arguments, SourceSpan span, ScriptBudget budget)
    {
        int first = Position(arguments, 0, 0, span);
        int last = Position(arguments, 1, first, span);
        long count = Math.Max(0, (long)last - first + 1);
        budget.PayElements(span, (int)Math.Min(count, int.MaxValue));
        return ArrayData.Of(Enumerable.Range(first, (int)count).Select(static number => new NumberData(number)));
    }

    static int Position(IReadOnlyList<ScriptData> arguments, int index, int missing, SourceSpan span)
    {
        if (index >= arguments.Count || arguments[index].IsNothing)
        {
            return missing;
        }

        return ScriptLiteral.Loose(arguments[index]) is NumberData number
            ? (int)Math.Clamp(number.Value, int.MinValue / 2, int.MaxValue / 2)
            : throw new ScriptError(span, $"{ScriptArithmetic.Describe(arguments[index])} is no position", "a number");
    }

    static TextData ToText(ScriptData value, SourceSpan span)
    {
        var text = new StringBuilder();
        return value.TryWrite(text, ';', ScriptBudget.MostText)
            ? new TextData(text.ToString())
            : throw new ScriptError(span, "the text is too long", $"at most {ScriptBudget.MostText} characters");
    }

    static ScriptData ToNumber(ScriptData value) => ScriptLiteral.Loose(value) switch
    {
        NumberData number => number,
        TruthData truth => new NumberData(truth.Value ? 1 : 0),
        TimeData time => new NumberData(time.Value.Ticks / TimeSpan.TicksPerSecond),
        AddressData { IsIPv6: false } address => new NumberData((long)address.Number),
        IdData id => new NumberData(unchecked((long)ulong.Parse(
            id.Value.AsSpan(1), System.Globalization.NumberStyles.AllowHexSpecifier, System.Globalization.CultureInfo.InvariantCulture))),
        _ => NothingData.Nil,
    };

    static ScriptData ToTruth(ScriptData value) =>
        ScriptLiteral.Truth(value) is bool truth ? TruthData.Of(truth)
        : ScriptLiteral.Loose(value) is NumberData number ? TruthData.Of(number.Value != 0)
        : NothingData.Nil;

    static ScriptData ToAddress(ScriptData value, bool isIPv6) => ScriptLiteral.Loose(value) switch
    {
        AddressData address when address.IsIPv6 == isIPv6 => address,
        PrefixData prefix when prefix.Address.IsIPv6 == isIPv6 => prefix.Address,
        NumberData { Value: >= 0 and <= uint.MaxValue } number when !isIPv6 => new AddressData((UInt128)number.Value, IsIPv6: false),
        _ => NothingData.Nil,
    };

    static ScriptData ToTime(ScriptData value) => ScriptLiteral.Loose(value) switch
    {
        TimeData time => time,
        NumberData { Value: > -1_000_000_000 and < 1_000_000_000 } number => new TimeData(TimeSpan.FromSeconds(number.Value)),
        _ => NothingData.Nil,
    };

    static ArrayData ToArray(ScriptData value, SourceSpan span, ScriptBudget budget)
    {
        if (value is ArrayData array)
        {
            return array;
        }

        budget.PayElements(span, value.Length);
        return value.Length == 0 ? ArrayData.Empty : ArrayData.Of(value.Text.Split(',').Select(ScriptLiteral.Of));
    }

    static ScriptData ToId(ScriptData value) => ScriptLiteral.Loose(value) switch
    {
        IdData id => id,
        NumberData { Value: >= 0 } number => new IdData($"*{number.Value:x}"),
        _ => NothingData.Nil,
    };
}
