using Conntrack.RouterOs.Firewall;
using Conntrack.RouterOs.Language;
using Conntrack.RouterOs.Settings;

namespace Conntrack.RouterOs.Menus;

/// <summary>
/// What rules call interfaces while a script is loaded. A rule means the interface that has the name when it is written, and follows it
/// when the interface is renamed later; a name that nothing has then may still be given further down in the script.
/// </summary>
public sealed class InterfaceUse
{
    internal const string Expected = "an interface such as ether1, or the name it was given";

    readonly Dictionary<(ulong Rule, bool Out), (int Number, SourceSpan Span)> _assigned = [];

    /// <summary>Notes the interface that the rule of that id was just given, by the name it has now.</summary>
    internal void Assign(ulong rule, bool isOut, string name, SourceSpan span, EthernetTable ports)
    {
        _assigned[(rule, isOut)] = (NumberOf(name, ports), span);
    }

    /// <summary>
    /// The rules of one table under the names their interfaces have by now; interfaces that are not there are reported.
    /// <paramref name="rules"/> has to be as the script's commands left it: names are looked up as they were when they were written.
    /// </summary>
    internal FirewallRules Rename(FirewallRules rules, RuleFamily family, RuleTable table, Loading loading, DiagnosticSink diagnostics)
    {
        if (_assigned.Count == 0 && loading.Configuration.Ethernets.Equals(loading.Base.Ethernets))
        {
            return rules;
        }

        FirewallRules renamed = rules;
        int index = 0;
        foreach (FirewallRule rule in rules.Of(family, table))
        {
            renamed = renamed.Replace(index++, rule with
            {
                InInterface = Final(rule, rule.InInterface, false, loading, diagnostics),
                OutInterface = Final(rule, rule.OutInterface, true, loading, diagnostics),
            });
        }

        return renamed;
    }

    Negatable<string>? Final(FirewallRule rule, Negatable<string>? matcher, bool isOut, Loading loading, DiagnosticSink diagnostics)
    {
        if (matcher is not { } named)
        {
            return null;
        }

        EthernetTable ports = loading.Configuration.Ethernets;
        bool assigned = _assigned.TryGetValue((rule.Id, isOut), out (int Number, SourceSpan Span) use);
        int number = assigned ? use.Number : NumberOf(named.Value, loading.Base.Ethernets);
        number = number > 0 ? number : NumberOf(named.Value, ports);

        if (number == 0)
        {
            // Only an assignment of this script can be wrong: the configuration underneath was checked when it was made.
            diagnostics.Error(
                use.Span, $"{(isOut ? "out" : "in")}-interface: there is no interface {DiagnosticSink.Quote(named.Value)}", Expected,
                ports.Changed.Select(static port => port.Name).Append("ether1"));
            return matcher;
        }

        string name = ports[number].Name;
        if (name.StartsWith('!') && loading.EthernetNames.TryGetValue(number, out SourceSpan span) && loading.Noted.Add(name))
        {
            diagnostics.Error(
                span, "a rule names this interface, so its name cannot begin with \"!\", which negates", "another name");
        }

        return named with { Value = name };
    }

    /// <summary>0 when no port or, in the middle of an exchange of names, more than one is called so.</summary>
    static int NumberOf(string name, EthernetTable ports) => ports.NumbersOf(name) is [int only] ? only : 0;
}
