using Conntrack.RouterOs.Firewall;
using Conntrack.RouterOs.Language;
using Conntrack.RouterOs.Values;

namespace Conntrack.RouterOs.Conditions;

/// <summary>
/// An address with a length: <c>=10.0.0.0/8</c> compares the spelling, <c>in 10.0.0.0/8</c> asks whether all of it lies in a prefix or range.
/// </summary>
/// <param name="name">As conditions call it.</param>
/// <param name="network">An entry's value; null for one that has none.</param>
/// <param name="text">As it is printed.</param>
/// <param name="canonical">Turns a value into the spelling that is printed, null when it can never be one.</param>
/// <param name="expected">Completes "expected …".</param>
public sealed class NetworkField<T>(
    string name, Func<T, AddressPrefix?> network, Func<T, string> text, Func<string, string?> canonical, string expected)
    : ConditionField<T>(name)
{
    readonly WordField<T> _words = new(name, text, expected, canonical);

    public override string Expected => expected;

    public override string Text(T entry) => text(entry);

    public override int Compare(T left, T right)
    {
        (AddressPrefix? a, AddressPrefix? b) = (network(left), network(right));
        int order = Nullable.Compare(a?.First, b?.First);
        return order != 0 ? order : Nullable.Compare(a?.Length, b?.Length);
    }

    internal override Func<T, bool>? CompileComparison(ConditionOperator relation, TextValue value, DiagnosticSink diagnostics)
    {
        if (relation != ConditionOperator.In)
        {
            return _words.CompileComparison(relation, value, diagnostics);
        }

        RuleFamily family = value.Text.Contains(':') ? RuleFamily.Ipv6 : RuleFamily.Ipv4;
        return AddressRange.TryParse(family, value.Text, out AddressRange range)
            ? entry => network(entry) is { } own && own.Family == family && own.First >= range.First && own.Last <= range.Last
            : Refuse(value, "is no prefix or range", diagnostics);
    }
}
