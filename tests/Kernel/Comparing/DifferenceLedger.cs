namespace Conntrack.Kernel.Comparing;

/// <summary>
/// The differences that are meant. Each is narrow: it explains one disagreement by what it looks like on both sides, and is counted when it
/// does. One that never occurs in a whole run is none any more.
/// </summary>
sealed class DifferenceLedger
{
    readonly Dictionary<string, int> _observed = [];
    readonly IReadOnlyList<Difference> _rules;

    public DifferenceLedger()
    {
        _rules = Difference.All();
        foreach (Difference rule in _rules)
        {
            _observed[rule.Title] = 0;
        }
    }

    /// <summary>Titles, as in docs/differences.md, and how often each explained something.</summary>
    public IReadOnlyDictionary<string, int> Observed => _observed;

    /// <summary>A ledger for one run from empty tables that counts into this one.</summary>
    public DifferenceLedger Begin(Setup setup)
    {
        var ledger = new DifferenceLedger();
        foreach (Difference rule in ledger._rules)
        {
            rule.Setup = setup;
        }

        ledger.Parent = this;
        return ledger;
    }

    /// <summary>Connections that a difference has made incomparable in this run.</summary>
    public IEnumerable<EntryKey> Incomparable => _rules.SelectMany(rule => rule.Incomparable);

    /// <summary>Whether a connection, whichever side began it, is one of them.</summary>
    public bool IsApart(EntryKey key)
    {
        foreach (Difference rule in _rules)
        {
            if (rule.Incomparable.Count != 0 && (rule.Incomparable.Contains(key) || rule.Incomparable.Contains(key.Reversed())))
            {
                return true;
            }
        }

        return false;
    }

    DifferenceLedger? Parent { get; set; }

    /// <summary>What no rule explains.</summary>
    public List<Disagreement> Unexplained(IReadOnlyList<TestFrame> burst, List<Disagreement> found)
    {
        foreach (TestFrame frame in burst)
        {
            foreach (Difference rule in _rules)
            {
                rule.See(frame);
            }
        }

        List<Disagreement> rest = [];
        foreach (Disagreement disagreement in found)
        {
            if ((disagreement.KernelEntry ?? disagreement.OurEntry) is Entry entry && IsApart(entry.Key))
            {
                continue;
            }

            Difference? rule = _rules.FirstOrDefault(rule => rule.Explains(burst, disagreement));
            if (rule == null)
            {
                rest.Add(disagreement);
            }
            else if (Parent != null)
            {
                lock (Parent._observed)
                {
                    Parent._observed[rule.Title]++;
                }
            }
        }

        return rest;
    }
}
