using System.Buffers.Binary;
using System.Collections.Immutable;

namespace Conntrack.Firewall.Compilation;

/// <summary>Lays the conditions of a rule into the image, in the order they are evaluated in.</summary>
static class ConditionCompiler
{
    public static uint Place(ImmutableArray<RuleCondition> conditions, ImageParts parts)
    {
        RuleCondition[] ordered = [.. conditions.OrderBy(condition => condition.Kind)];
        List<Condition> compiled = [];
        for (int i = 0; i < ordered.Length; i++)
        {
            RuleCondition condition = ordered[i];
            compiled.Add(new Condition
            {
                Kind = condition.Kind,
                Flags = (byte)((condition.Negated ? Condition.Negated : 0) | (i == ordered.Length - 1 ? Condition.Last : 0)),
                Small = condition.Small,
                Middle = condition.Text.IsEmpty ? condition.Middle : (uint)condition.Text.Length,
                FirstValue = condition.Kind == ConditionKind.SrcMac ? BinaryPrimitives.ReverseEndianness(condition.First << 16) : condition.First,
                LastValue = condition.Last,
                Extra = condition.Extra,
                Text = condition.Text.IsEmpty ? 0 : parts.Place<byte>([.. condition.Text]),
            });
        }

        return parts.Place(compiled);
    }

    /// <summary>What keeps a condition from being compiled, null for nothing.</summary>
    public static string? WhatIsWrong(RuleCondition condition)
    {
        bool sound = condition.Kind switch
        {
            ConditionKind.SrcAddressList or ConditionKind.DstAddressList => condition.Small <= AddressListSpec.MostNumber,
            ConditionKind.Content or ConditionKind.TlsHost or ConditionKind.Port => condition.Text.Length is > 0 and <= ushort.MaxValue,
            ConditionKind.ConnectionLimit => condition.Small <= 128,
            ConditionKind.Layer7 => condition.Pattern is { } pattern && pattern.IsSound,
            ConditionKind.Nth => condition.First != 0 && condition.Last - 1 < condition.First,
            ConditionKind.PerConnectionClassifier => condition.First != 0 && condition.Last < condition.First,
            ConditionKind.Limit or ConditionKind.DstLimit =>
                condition.First is > 0 and <= 1ul << 31 && condition.Last is > 0 and <= 1ul << 31,
            ConditionKind.Random => condition.Small is > 0 and < 100,
            _ => condition.First <= condition.Last || condition.Kind is ConditionKind.Time or ConditionKind.SrcMac or ConditionKind.Psd,
        };
        return sound ? null : $"its {condition.Kind}";
    }
}
