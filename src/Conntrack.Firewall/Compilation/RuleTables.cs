namespace Conntrack.Firewall.Compilation;

/// <summary>What rules of all chains have besides their rows: translations, effects, conditions.</summary>
sealed class RuleTables(ImageParts parts)
{
    readonly TranslationTable _translations = new();
    readonly List<CompiledEffect> _effects = [default];

    /// <summary>The number of the rule's translation, or of its effect; 0 for neither.</summary>
    public uint NumberOf(RuleSpec rule)
    {
        if (rule.Target.IsTranslation())
        {
            return _translations.NumberOf(rule);
        }

        if (rule.Effect == null)
        {
            return 0;
        }

        _effects.Add(CompiledEffect.Of(rule.Effect));
        return (uint)_effects.Count - 1;
    }

    /// <summary>Places what a rule asks besides the axes; 0 for nothing.</summary>
    public uint ConditionsOf(RuleSpec rule) => rule.Conditions.Length == 0 ? 0 : ConditionCompiler.Place(rule.Conditions, parts);

    /// <summary>Places the tables.</summary>
    /// <returns>Their offsets, 0 for an empty one.</returns>
    public (uint Translations, uint Effects) Place() =>
        (_translations.Place(parts), _effects.Count == 1 ? 0 : parts.Place(_effects));
}
