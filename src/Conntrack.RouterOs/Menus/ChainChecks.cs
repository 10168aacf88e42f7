using Conntrack.RouterOs.Firewall;
using Conntrack.RouterOs.Language;

namespace Conntrack.RouterOs.Menus;

/// <summary>
/// What only a whole table tells: chains that jump in a circle, chains that nobody jumps to, and rules in chains of one's own that cannot
/// stand where jumps lead to them from. A jump to a chain without rules comes straight back, as in RouterOS.
/// </summary>
sealed class ChainChecks(string path, RuleTable table, IReadOnlyList<FirewallRule> rules, Loading loading)
{
    readonly Dictionary<string, List<FirewallRule>> _jumps = [];

    public void Report()
    {
        foreach (FirewallRule rule in rules)
        {
            if (rule is { Disabled: false, Action: RuleAction.Jump, Arguments.JumpTarget: not null })
            {
                if (!_jumps.TryGetValue(rule.Chain, out List<FirewallRule>? jumps))
                {
                    _jumps.Add(rule.Chain, jumps = []);
                }

                jumps.Add(rule);
            }
        }

        ReportUnreached();
        if (_jumps.Count > 0 && !ReportCircles())
        {
            ReportMisplaced();
        }
    }

    void ReportUnreached()
    {
        HashSet<string> targets = [.. rules.Select(static rule => rule.Arguments.JumpTarget).OfType<string>()];
        var reported = new HashSet<string>();
        foreach (FirewallRule rule in rules)
        {
            if (!rule.Disabled && rule.Chain.Length > 0 && !IsBuiltIn(rule.Chain) && !targets.Contains(rule.Chain)
                && StatementOf(rule) is { } statement && reported.Add(rule.Chain))
            {
                loading.Diagnostics.Report(
                    Severity.Warning, WordOf(statement, "chain"), $"no rule jumps to chain {DiagnosticSink.Quote(rule.Chain)}, so no packet meets this one",
                    candidates: table.Chains());
            }
        }
    }

    /// <summary>Whether there is any; each is reported at a jump that closes it.</summary>
    bool ReportCircles()
    {
        var done = new HashSet<string>();
        bool any = false;
        foreach (string start in _jumps.Keys)
        {
            // Depth first with a stack of its own: a script may chain as many chains as it has rules.
            var open = new HashSet<string>();
            var path = new Stack<(string Chain, int Next)>();
            if (done.Contains(start))
            {
                continue;
            }

            path.Push((start, 0));
            open.Add(start);
            while (path.TryPop(out (string Chain, int Next) at))
            {
                List<FirewallRule>? jumps = _jumps.GetValueOrDefault(at.Chain);
                if (jumps is null || at.Next == jumps.Count)
                {
                    open.Remove(at.Chain);
                    done.Add(at.Chain);
                    continue;
                }

                path.Push((at.Chain, at.Next + 1));
                FirewallRule jump = jumps[at.Next];
                string target = jump.Arguments.JumpTarget!;
                if (open.Contains(target))
                {
                    any = true;
                    Error(jump, "jump-target", $"jump-target: chain {DiagnosticSink.Quote(target)} leads back to itself", "a chain that does not lead here");
                }
                else if (!done.Contains(target))
                {
                    open.Add(target);
                    path.Push((target, 0));
                }
            }
        }

        return any;
    }

    /// <summary>Rules of chains of one's own have to be possible in every chain that packets come from.</summary>
    void ReportMisplaced()
    {
        ILookup<string, FirewallRule> byChain = rules.Where(static rule => !rule.Disabled).ToLookup(static rule => rule.Chain);
        foreach (string entry in table.Chains())
        {
            var seen = new HashSet<string> { entry };
            var next = new Queue<string>(seen);
            while (next.TryDequeue(out string? chain))
            {
                foreach (FirewallRule rule in IsBuiltIn(chain) ? [] : byChain[chain])
                {
                    FirewallRule there = rule with { Chain = entry };
                    RuleChecks.ReportChain(
                        there, (name, message, expected) => Error(rule, name, $"{message}, from where jumps lead here", expected));
                }

                foreach (FirewallRule jump in _jumps.GetValueOrDefault(chain) ?? [])
                {
                    if (seen.Add(jump.Arguments.JumpTarget!))
                    {
                        next.Enqueue(jump.Arguments.JumpTarget!);
                    }
                }
            }
        }
    }

    void Error(FirewallRule rule, string property, string message, string expected)
    {
        // Only one of the rules that are wrong together need be of this script.
        Statement? statement = StatementOf(rule) ?? rules.Select(StatementOf).FirstOrDefault(static statement => statement is not null);
        loading.Diagnostics.Error(statement is null ? default : WordOf(statement, property), message, expected);
    }

    Statement? StatementOf(FirewallRule rule) => loading.Written.TryGetValue((path, rule.Id), out Statement? statement) ? statement : null;

    bool IsBuiltIn(string chain) => table.Chains().Contains(chain);

    static SourceSpan WordOf(Statement statement, string property) =>
        statement.Arguments.LastOrDefault(argument => argument.Name == property)?.Value?.Span ?? statement.SpanOf(property);
}
