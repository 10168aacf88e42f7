namespace Conntrack.Firewall.Compilation;

/// <summary>Which chains jump to which: no circle, not too deep, and from which stages of a packet's way each is reached.</summary>
sealed class ChainGraph
{
    /// <summary>Chains that a packet may be in at once, the built-in one included; each needs some stack of the worker.</summary>
    public const int MostNesting = 16;

    readonly List<RuleSpec>[] _chains;

    /// <summary>A bit for every stage from which a chain is reached.</summary>
    readonly int[] _stages;

    /// <summary>What each is reached from: chains that translate destinations, chains that translate sources, others.</summary>
    readonly int[] _sides;

    /// <summary>Chains on the longest way down from each, itself included; 0 before it was visited, <see cref="OnTheWay"/> meanwhile.</summary>
    readonly int[] _heights;

    /// <summary>Every chain behind all that it jumps to.</summary>
    readonly List<int> _fromBelow = [];

    const int OnTheWay = -1, Destinations = 1, Sources = 2, Others = 4;

    /// <exception cref="ArgumentException">Chains jump in a circle, too deep, or from table to table.</exception>
    public ChainGraph(List<RuleSpec>[] chains)
    {
        _chains = chains;
        _stages = new int[chains.Length];
        _heights = new int[chains.Length];
        _sides = new int[chains.Length];
        var tables = new int[chains.Length];
        for (int i = 0; i < chains.Length; i++)
        {
            bool isBuiltIn = i < (int)RuleChain.Count;
            tables[i] = isBuiltIn ? RuleChains.TableOf((RuleChain)i) : -1;
            _stages[i] = isBuiltIn ? 1 << StageOf((RuleChain)i) : 0;
            _sides[i] = isBuiltIn ? SideOf((RuleChain)i) : 0;
            Visit(i);
        }

        for (int i = _fromBelow.Count - 1; i >= 0; i--)
        {
            int chain = _fromBelow[i];
            foreach (RuleSpec rule in Jumps(chain))
            {
                int next = (int)rule.Effect!.JumpTo;
                Require(tables[chain] < 0 || tables[next] < 0 || tables[chain] == tables[next], rule, "a jump into another table");
                tables[next] = tables[chain] < 0 ? tables[next] : tables[chain];
                _stages[next] |= _stages[chain];
                _sides[next] |= _sides[chain];
            }
        }

        foreach (RuleSpec rule in chains.Skip((int)RuleChain.Count).SelectMany(rules => rules))
        {
            Require((_sides[(int)rule.Chain] & ~SidesOf(rule.Target)) == 0, rule, "a target that the chains which jump to it do not have");
        }
    }

    /// <summary>What the packets of a burst have to heed.</summary>
    public RuleDependence Dependence()
    {
        RuleDependence dependence = RuleDependence.None;
        Dictionary<(int List, bool IsIpv6), int> writers = [], readers = [];
        for (int i = 0; i < _chains.Length; i++)
        {
            bool severalStages = (_stages[i] & (_stages[i] - 1)) != 0;
            foreach (RuleSpec rule in _chains[i])
            {
                bool isIpv6 = rule.Chain.IsIpv6();
                if (ListUse.Writes(rule.Target))
                {
                    writers[(rule.Effect!.Value, isIpv6)] = writers.GetValueOrDefault((rule.Effect.Value, isIpv6)) | _stages[i];
                    dependence |= RuleDependence.OfWorkers;
                }

                foreach (RuleCondition condition in rule.Conditions)
                {
                    if (condition.Kind is ConditionKind.SrcAddressList or ConditionKind.DstAddressList)
                    {
                        readers[(condition.Small, isIpv6)] = readers.GetValueOrDefault((condition.Small, isIpv6)) | _stages[i];
                    }

                    bool remembers = condition.Kind is ConditionKind.Psd or ConditionKind.Nth or ConditionKind.Limit or ConditionKind.DstLimit;
                    dependence |= condition.Kind is ConditionKind.ConnectionMark or ConditionKind.ConnectionBytes or ConditionKind.ConnectionRate
                        or ConditionKind.Layer7 ? RuleDependence.OfConnection : 0;
                    dependence |= condition.Kind == ConditionKind.ConnectionLimit
                        ? RuleDependence.OfCounts | RuleDependence.OfEverything | RuleDependence.OfWorkers : 0;
                    dependence |= remembers ? RuleDependence.OfWorkers : 0;
                    dependence |= remembers & severalStages ? RuleDependence.OfEverything : 0;
                }
            }
        }

        foreach (((int, bool) list, int stages) in writers)
        {
            int read = readers.GetValueOrDefault(list);
            bool together = read == 0 || (stages == read && (stages & (stages - 1)) == 0);
            dependence |= together ? 0 : RuleDependence.OfEverything;
        }

        return dependence;
    }

    IEnumerable<RuleSpec> Jumps(int chain) => _chains[chain].Where(rule => rule.Target == RuleTarget.Jump);

    void Visit(int chain)
    {
        if (_heights[chain] != 0)
        {
            return;
        }

        _heights[chain] = OnTheWay;
        int height = 1;
        foreach (RuleSpec rule in Jumps(chain))
        {
            int next = (int)rule.Effect!.JumpTo;
            Require(_heights[next] != OnTheWay, rule, "chains that jump in a circle");
            Visit(next);
            height = Math.Max(height, _heights[next] + 1);
            Require(height <= MostNesting, rule, $"jumps of more than {MostNesting} chains");
        }

        _heights[chain] = height;
        _fromBelow.Add(chain);
    }

    static void Require(bool holds, RuleSpec rule, string what)
    {
        if (!holds)
        {
            throw new ArgumentException($"Rule {rule.Number} of {rule.Chain} cannot be compiled for {what}.", nameof(rule));
        }
    }

    static int SideOf(RuleChain chain) => !chain.IsNat() ? Others : chain.TranslatesDestination() ? Destinations : Sources;

    /// <summary>Where a target makes sense.</summary>
    static int SidesOf(RuleTarget target) => target switch
    {
        RuleTarget.DstNat or RuleTarget.Redirect => Destinations,
        RuleTarget.SrcNat or RuleTarget.Masquerade => Sources,
        RuleTarget.Netmap or RuleTarget.Same or RuleTarget.EndpointIndependentNat => Destinations | Sources,
        _ => Destinations | Sources | Others,
    };

    /// <summary>Chains that are passed in one go over the burst have the same stage.</summary>
    static int StageOf(RuleChain chain) => ((RuleChain)((int)chain & ~1)) switch
    {
        RuleChain.RawPrerouting4 or RuleChain.RawOutput4 => 0,
        RuleChain.ManglePrerouting4 or RuleChain.MangleOutput4 => 1,
        RuleChain.NatDstnat4 or RuleChain.NatOutput4 => 2,
        RuleChain.MangleForward4 or RuleChain.MangleInput4 => 3,
        RuleChain.FilterForward4 or RuleChain.FilterInput4 or RuleChain.FilterOutput4 => 4,
        RuleChain.ManglePostrouting4 => 5,
        _ => 6,
    };
}
