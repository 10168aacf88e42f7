using Conntrack.RouterOs.Firewall.Grammars;
using Conntrack.RouterOs.Menus;
using Conntrack.RouterOs.Settings;

namespace Conntrack.RouterOs.Firewall.Lists;

/// <summary>Ports with commas between them, as many as a helper may have.</summary>
sealed class PortNumbersGrammar : ValueGrammar<ValueList<ushort>>
{
    const int Most = 8;

    public override string Expected => $"up to {Most} ports from 1 to 65535, with commas";

    public override ValueProblem? Parse(string text, out ValueList<ushort> value)
    {
        ushort?[] ports = [.. text.Split(',').Select(static port => Numerals.Read<ushort>(port, 1, ushort.MaxValue))];
        value = ports.All(static port => port is not null) ? [.. ports.Select(static port => port!.Value)] : [];
        return value.Count is > 0 and <= Most ? null : Whole(text, "is no list of ports");
    }

    public override string Format(ValueList<ushort> value) => string.Join(',', value);
}
