using Conntrack.RouterOs.Menus;

namespace Conntrack.RouterOs.Firewall.Grammars;

/// <summary>One port, or one range of ports.</summary>
public sealed class PortRangeGrammar : ValueGrammar<PortRange>
{
    public override string Expected => "a port from 0 to 65535, or a range such as 10000-20000";

    public override ValueProblem? Parse(string text, out PortRange value) =>
        PortRange.TryParse(text, out value) ? null : Whole(text, "is no port or range of ports");

    public override string Format(PortRange value) => value.ToString();
}
