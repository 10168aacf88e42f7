using Conntrack.RouterOs.Menus;

namespace Conntrack.RouterOs.Firewall.Grammars;

/// <summary><c>count,netmask</c>, the netmask a length in bits.</summary>
public sealed class ConnectionLimitGrammar(RuleFamily family) : ValueGrammar<ConnectionLimit>
{
    readonly byte _most = (byte)(family == RuleFamily.Ipv4 ? 32 : 128);

    public override string Expected => $"connections,bits such as 100,{_most}";

    public override ValueProblem? Parse(string text, out ConnectionLimit value)
    {
        (string head, string? tail) = Numerals.Split(text, ',');
        (uint? count, byte? bits) = (Numerals.Read(head, 0u, uint.MaxValue), Numerals.Read(tail ?? "", byte.MinValue, _most));
        value = new(count.GetValueOrDefault(), bits.GetValueOrDefault());
        return count is null || bits is null ? Whole(text, "is no limit of connections") : null;
    }

    public override string Format(ConnectionLimit value) => $"{value.Count},{value.PrefixLength}";
}
