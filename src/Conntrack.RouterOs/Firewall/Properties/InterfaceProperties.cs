using Conntrack.RouterOs.Menus;
using Conntrack.RouterOs.Names;

namespace Conntrack.RouterOs.Firewall.Properties;

static class InterfaceProperties
{
    static readonly NameGrammar s_interface = new(NameScope.Interface);
    static readonly NameGrammar s_list = new(NameScope.InterfaceList);

    public static IEnumerable<MenuProperty<InterfaceMatchers>> Of() =>
    [
        RulePart.Matcher<InterfaceMatchers, string>(
            "in-interface", s_interface, static part => part.InInterface, static (part, value) => part with { InInterface = value }),
        RulePart.Matcher<InterfaceMatchers, string>(
            "out-interface", s_interface, static part => part.OutInterface, static (part, value) => part with { OutInterface = value }),
        RulePart.Matcher<InterfaceMatchers, string>(
            "in-interface-list", s_list, static part => part.InInterfaceList, static (part, value) => part with { InInterfaceList = value }),
        RulePart.Matcher<InterfaceMatchers, string>(
            "out-interface-list", s_list, static part => part.OutInterfaceList, static (part, value) => part with { OutInterfaceList = value }),
        RulePart.Matcher<InterfaceMatchers, string>(
            "in-bridge-port", s_interface, static part => part.InBridgePort, static (part, value) => part with { InBridgePort = value }),
        RulePart.Matcher<InterfaceMatchers, string>(
            "out-bridge-port", s_interface, static part => part.OutBridgePort, static (part, value) => part with { OutBridgePort = value }),
        RulePart.Matcher<InterfaceMatchers, string>(
            "in-bridge-port-list", s_list, static part => part.InBridgePortList, static (part, value) => part with { InBridgePortList = value }),
        RulePart.Matcher<InterfaceMatchers, string>(
            "out-bridge-port-list", s_list, static part => part.OutBridgePortList, static (part, value) => part with { OutBridgePortList = value }),
    ];
}
