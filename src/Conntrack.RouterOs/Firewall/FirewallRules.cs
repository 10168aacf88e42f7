using System.Collections.Immutable;

namespace Conntrack.RouterOs.Firewall;

/// <summary>
/// Every rule of every table, immutable; a change makes a new one in time that grows with the logarithm of the number of rules. Two are
/// equal when a script would write them alike, so ids do not count.
/// </summary>
public sealed class FirewallRules : IEquatable<FirewallRules>
{
    static readonly int s_tables = Enum.GetValues<RuleTable>().Length;
    static readonly int s_families = Enum.GetValues<RuleFamily>().Length;

    public static readonly FirewallRules Empty =
        new([.. Enumerable.Repeat(ImmutableList<FirewallRule>.Empty, s_tables * s_families)], 1);

    readonly ImmutableArray<ImmutableList<FirewallRule>> _lists;

    FirewallRules(ImmutableArray<ImmutableList<FirewallRule>> lists, ulong nextId)
    {
        _lists = lists;
        NextId = nextId;
    }

    /// <summary>The id the next rule gets. Ids are unique over all tables and never given twice.</summary>
    public ulong NextId { get; }

    public int Count => _lists.Sum(static list => list.Count);

    /// <summary>Every rule, table by table.</summary>
    public IEnumerable<FirewallRule> All => _lists.SelectMany(static list => list);

    /// <summary>The rules of one table in their order, which is also their number.</summary>
    public IReadOnlyList<FirewallRule> Of(RuleFamily family, RuleTable table) => _lists[Slot(family, table)];

    /// <summary>The rule with that id, wherever it stands, or null.</summary>
    public FirewallRule? Find(ulong id) => All.FirstOrDefault(rule => rule.Id == id);

    /// <summary>
    /// Whether <c>enabled=auto</c> tracks this family: a rule of mangle, nat or filter that is not disabled makes it so. Raw rules do not
    /// need connections.
    /// </summary>
    public bool NeedTracking(RuleFamily family) =>
        Of(family, RuleTable.Filter).Concat(Of(family, RuleTable.Nat)).Concat(Of(family, RuleTable.Mangle)).Any(static rule => !rule.Disabled);

    /// <summary>With the rule at the end of its table, under a new id.</summary>
    public FirewallRules Add(FirewallRule rule) => Insert(Of(rule.Family, rule.Table).Count, rule);

    /// <summary>With the rule at the position <paramref name="index"/> of its table, under a new id.</summary>
    public FirewallRules Insert(int index, FirewallRule rule) =>
        Changed(rule.Family, rule.Table, list => list.Insert(index, rule with { Id = NextId }), NextId + 1);

    /// <summary>With the rule in place of the one at <paramref name="index"/>, whose id it keeps.</summary>
    public FirewallRules Replace(int index, FirewallRule rule)
    {
        FirewallRule before = Of(rule.Family, rule.Table)[index];
        return rule.SaysTheSameAs(before)
            ? this
            : Changed(rule.Family, rule.Table, list => list.SetItem(index, rule with { Id = before.Id }), NextId);
    }

    /// <summary>With the rule in place of the one that has its id.</summary>
    /// <exception cref="ArgumentException">Its table has no rule with that id.</exception>
    public FirewallRules With(FirewallRule rule) => Replace(IndexOf(rule.Family, rule.Table, rule.Id), rule);

    /// <summary>Without the rule at <paramref name="index"/>.</summary>
    public FirewallRules RemoveAt(RuleFamily family, RuleTable table, int index) =>
        Changed(family, table, list => list.RemoveAt(index), NextId);

    /// <summary>Without the rule that has this id.</summary>
    /// <exception cref="ArgumentException">The table has no rule with that id.</exception>
    public FirewallRules Remove(RuleFamily family, RuleTable table, ulong id) => RemoveAt(family, table, IndexOf(family, table, id));

    /// <summary>
    /// With the rules at the positions <paramref name="indices"/> moved, in that order, in front of the one at
    /// <paramref name="destination"/>, or to the end when that is the number of rules.
    /// </summary>
    public FirewallRules Move(RuleFamily family, RuleTable table, IReadOnlyCollection<int> indices, int destination) =>
        indices.Count == 0 ? this : Changed(family, table, list => Moved(list, indices, destination), NextId);

    public bool Equals(FirewallRules? other) =>
        ReferenceEquals(this, other)
        || (other is not null && _lists.Zip(other._lists).All(static lists => SayTheSame(lists.First, lists.Second)));

    public override bool Equals(object? obj) => Equals(obj as FirewallRules);

    public override int GetHashCode()
    {
        var hash = new HashCode();
        foreach (FirewallRule rule in All)
        {
            hash.Add(HashCode.Combine(rule.Chain, rule.Action, rule.Comment));
        }

        return hash.ToHashCode();
    }

    static ImmutableList<FirewallRule> Moved(ImmutableList<FirewallRule> list, IReadOnlyCollection<int> indices, int destination)
    {
        FirewallRule[] moving = [.. indices.Select(index => list[index])];
        ImmutableList<FirewallRule>.Builder rest = list.ToBuilder();
        foreach (int index in indices.OrderDescending())
        {
            rest.RemoveAt(index);
        }

        rest.InsertRange(destination - indices.Count(index => index < destination), moving);
        return rest.ToImmutable();
    }

    static bool SayTheSame(ImmutableList<FirewallRule> left, ImmutableList<FirewallRule> right) =>
        ReferenceEquals(left, right)
        || (left.Count == right.Count && left.Zip(right).All(static rules => rules.First.SaysTheSameAs(rules.Second)));

    int IndexOf(RuleFamily family, RuleTable table, ulong id)
    {
        int index = _lists[Slot(family, table)].FindIndex(rule => rule.Id == id);
        return index >= 0
            ? index
            : throw new ArgumentException($"/{family.Word()} firewall {table.Word()} has no rule *{id:x}.", nameof(id));
    }

    FirewallRules Changed(
        RuleFamily family, RuleTable table, Func<ImmutableList<FirewallRule>, ImmutableList<FirewallRule>> change, ulong nextId)
    {
        int slot = Slot(family, table);
        return new FirewallRules(_lists.SetItem(slot, change(_lists[slot])), nextId);
    }

    static int Slot(RuleFamily family, RuleTable table) => ((int)family * s_tables) + (int)table;
}
