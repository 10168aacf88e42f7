using Conntrack.RouterOs.Menus;

namespace Conntrack.RouterOs.Firewall.Properties;

/// <summary>Makes the properties of a rule's groups.</summary>
static class RulePart
{
    /// <summary>A matcher that a leading <c>!</c> negates. An empty value is none: <c>connection-state=""</c> matches every packet.</summary>
    public static MenuProperty<TPart> Matcher<TPart, TValue>(
        string name, ValueGrammar<TValue> grammar, Func<TPart, Negatable<TValue>?> read, Func<TPart, Negatable<TValue>?, TPart> write) =>
        Value(name, new NegatableGrammar<TValue>(grammar), read, write);

    /// <summary>What cannot be negated: a few matchers, and what actions need to know.</summary>
    public static MenuProperty<TPart> Value<TPart, TValue>(
        string name, ValueGrammar<TValue> grammar, Func<TPart, TValue?> read, Func<TPart, TValue?, TPart> write)
        where TValue : struct =>
        new MenuProperty<TPart, TValue>(name, grammar, read, write, canUnset: true) { EmptyUnsets = true };

    /// <summary>As <see cref="Value"/>, for a value that is an object.</summary>
    public static MenuProperty<TPart> Object<TPart, TValue>(
        string name, ValueGrammar<TValue> grammar, Func<TPart, TValue?> read, Func<TPart, TValue?, TPart> write)
        where TValue : class => new ObjectMenuProperty<TPart, TValue>(name, grammar, read, write);

    /// <summary>The properties of a group as properties of the rule it is part of.</summary>
    public static IEnumerable<MenuProperty<FirewallRule>> Of<TPart>(
        IEnumerable<MenuProperty<TPart>> properties, Func<FirewallRule, TPart> read, Func<FirewallRule, TPart, FirewallRule> write) =>
        properties.Select(property => new PartMenuProperty<FirewallRule, TPart>(property, read, write));
}
