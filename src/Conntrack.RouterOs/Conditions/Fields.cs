using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Conntrack.RouterOs.Connections;
using Conntrack.RouterOs.Firewall;
using Conntrack.RouterOs.Language;
using Conntrack.RouterOs.Printing;
using Conntrack.RouterOs.Values;

namespace Conntrack.RouterOs.Conditions;

/// <summary>Yes or no: <c>assured</c>, <c>!assured</c>, <c>assured=yes</c>.</summary>
public sealed class FlagField<T>(string name, Func<T, bool> flag) : ConditionField<T>(name)
{
    static readonly string[] s_words = ["yes", "no", "true", "false"];

    public override bool IsFlag => true;

    public override string Expected => "yes or no";

    public override IReadOnlyList<string> Words => s_words;

    public bool Value(T entry) => flag(entry);

    public override string Text(T entry) => flag(entry) ? "yes" : "no";

    public override int Compare(T left, T right) => flag(left).CompareTo(flag(right));

    internal override Func<T, bool>? CompileComparison(ConditionOperator relation, TextValue value, DiagnosticSink diagnostics)
    {
        if (relation is not (ConditionOperator.Equal or ConditionOperator.NotEqual))
        {
            return RefuseOperator(relation, value, diagnostics);
        }

        int word = WordTable.IndexOf(s_words, value.Text);
        bool wanted = word is 0 or 2 == (relation == ConditionOperator.Equal);
        return word < 0 ? Refuse(value, "is neither yes nor no", diagnostics) : entry => flag(entry) == wanted;
    }
}

/// <summary>A whole number; a rate takes <c>k</c>, <c>M</c> and <c>G</c>, with or without <c>bps</c>.</summary>
public sealed class NumberField<T>(string name, Func<T, ulong?> number, bool isRate = false) : ConditionField<T>(name)
{
    public override string Expected => isRate ? "bits per second such as 64000, 64k or 1M" : "a number";

    public override string Text(T entry) => number(entry) is { } value ? NumberText.Plain(value) : "";

    public override int Compare(T left, T right) => Nullable.Compare(number(left), number(right));

    internal override Func<T, bool>? CompileComparison(ConditionOperator relation, TextValue value, DiagnosticSink diagnostics)
    {
        if (relation == ConditionOperator.In)
        {
            return RefuseOperator(relation, value, diagnostics);
        }

        return TryParse(value.Text, out ulong wanted)
            ? entry => number(entry) is { } own ? relation.Holds(own.CompareTo(wanted)) : relation == ConditionOperator.NotEqual
            : Refuse(value, isRate ? "is no rate" : "is no number", diagnostics);
    }

    bool TryParse(ReadOnlySpan<char> text, out ulong value)
    {
        ulong scale = 1;
        if (isRate)
        {
            text = text.EndsWith("bps") ? text[..^3] : text;
            scale = text is [.., 'k'] ? 1_000UL : text is [.., 'M'] ? 1_000_000UL : text is [.., 'G'] ? 1_000_000_000UL : 1;
            text = scale > 1 ? text[..^1] : text;
        }

        bool read = ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out value) && value <= ulong.MaxValue / scale;
        value *= read ? scale : 0;
        return read;
    }
}

/// <summary>A time in any of RouterOS's spellings.</summary>
public sealed class TimeField<T>(string name, Func<T, TimeSpan> time) : ConditionField<T>(name)
{
    public override string Expected => "a time such as 30s, 5m or 00:05:00";

    public override string Text(T entry) => RouterOsTime.Format(time(entry));

    public override int Compare(T left, T right) => time(left).CompareTo(time(right));

    internal override Func<T, bool>? CompileComparison(ConditionOperator relation, TextValue value, DiagnosticSink diagnostics)
    {
        if (relation == ConditionOperator.In)
        {
            return RefuseOperator(relation, value, diagnostics);
        }

        return RouterOsTime.TryParse(value.Text, out TimeSpan wanted)
            ? entry => relation.Holds(time(entry).CompareTo(wanted))
            : Refuse(value, "is no time", diagnostics);
    }
}

/// <summary>
/// An address, with the port where print shows one: <c>=10.0.0.1</c> compares the address alone, <c>=10.0.0.1:80</c> both,
/// <c>in 10.0.0.0/8</c> asks for a prefix or range. An address of the other family is never equal, less or greater.
/// </summary>
public sealed class AddressField<T>(string name, Func<T, IPAddress> address, Func<T, ushort?> port) : ConditionField<T>(name)
{
    public override string Expected => "an address, or \"in\" and a prefix such as 10.0.0.0/8";

    public override string Text(T entry) => AddressText.Format(address(entry), port(entry));

    public override int Compare(T left, T right)
    {
        IPAddress a = address(left);
        IPAddress b = address(right);
        int order = a.AddressFamily.CompareTo(b.AddressFamily);
        order = order != 0 ? order : AddressNumber.Of(a).CompareTo(AddressNumber.Of(b));
        return order != 0 ? order : Nullable.Compare(port(left), port(right));
    }

    internal override Func<T, bool>? CompileComparison(ConditionOperator relation, TextValue value, DiagnosticSink diagnostics) =>
        relation == ConditionOperator.In ? CompileRange(value, diagnostics) : CompileAddress(relation, value, diagnostics);

    Func<T, bool>? CompileRange(TextValue value, DiagnosticSink diagnostics)
    {
        bool ipv4 = AddressRange.TryParse(RuleFamily.Ipv4, value.Text, out AddressRange range);
        if (!ipv4 && !AddressRange.TryParse(RuleFamily.Ipv6, value.Text, out range))
        {
            return Refuse(value, "is no prefix or range", diagnostics);
        }

        AddressFamily family = ipv4 ? AddressFamily.InterNetwork : AddressFamily.InterNetworkV6;
        (UInt128 first, UInt128 last, _) = range;
        return entry =>
        {
            IPAddress own = address(entry);
            if (own.AddressFamily != family)
            {
                return false;
            }

            UInt128 number = AddressNumber.Of(own);
            return number >= first && number <= last;
        };
    }

    Func<T, bool>? CompileAddress(ConditionOperator relation, TextValue value, DiagnosticSink diagnostics)
    {
        ReadOnlySpan<char> text = value.Text;
        ushort? wantedPort = null;
        AddressFamily family = AddressFamily.InterNetworkV6;
        if (!AddressNumber.TryParseIPv6(text, out UInt128 wanted))
        {
            int colon = text.IndexOf(':');
            family = AddressFamily.InterNetwork;
            if (colon >= 0 && ushort.TryParse(text[(colon + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out ushort number))
            {
                wantedPort = number;
                text = text[..colon];
            }

            if (!AddressNumber.TryParseIPv4(text, out wanted))
            {
                return Refuse(value, "is no single address", diagnostics);
            }
        }

        if (wantedPort is not null && relation is not (ConditionOperator.Equal or ConditionOperator.NotEqual))
        {
            return Refuse(value, "has a port, which has no order here", diagnostics);
        }

        return entry =>
        {
            IPAddress own = address(entry);
            if (own.AddressFamily != family)
            {
                return relation == ConditionOperator.NotEqual;
            }

            int order = AddressNumber.Of(own).CompareTo(wanted);
            return relation.Holds(order == 0 && wantedPort is not null && port(entry) != wantedPort ? 1 : order);
        };
    }
}

/// <summary>
/// Text. <paramref name="canonical"/> turns a value into the spelling the field prints, null when it can never be one; without it every
/// text is a value.
/// </summary>
public sealed class WordField<T>(
    string name, Func<T, string> text, string expected = "a text", Func<string, string?>? canonical = null,
    IReadOnlyList<string>? words = null)
    : ConditionField<T>(name)
{
    public override string Expected => expected;

    public override IReadOnlyList<string>? Words => words;

    public override string Text(T entry) => text(entry);

    public override int Compare(T left, T right) => string.CompareOrdinal(text(left), text(right));

    internal override Func<T, bool>? CompileComparison(ConditionOperator relation, TextValue value, DiagnosticSink diagnostics)
    {
        if (relation is not (ConditionOperator.Equal or ConditionOperator.NotEqual))
        {
            return RefuseOperator(relation, value, diagnostics);
        }

        string? wanted = canonical is null ? value.Text : canonical(value.Text);
        bool equal = relation == ConditionOperator.Equal;
        return wanted is null ? Refuse(value, "is not one of its values", diagnostics) : entry => text(entry) == wanted == equal;
    }
}
