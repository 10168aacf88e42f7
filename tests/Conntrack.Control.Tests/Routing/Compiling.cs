using Conntrack.Control.Routing;
using Conntrack.RouterOs.Firewall;
using Conntrack.RouterOs.Language;
using Conntrack.RouterOs.Settings;

namespace Conntrack.Control.Tests.Routing;

/// <summary>A router with some ports, compiled from scripts one after the other as a running one is.</summary>
sealed class Compiling(int ports)
{
    readonly RouterCompiler _compiler = new(ports);

    /// <summary>By index; tests set a link down here.</summary>
    public PortFacts[] Facts { get; } =
        [.. Enumerable.Range(1, ports).Select(number => new PortFacts(number) { Mac = new MacAddress(0x02_00_00_00_00_00ul | (uint)number), Mtu = 1500 })];

    public static RouterConfiguration Load(string script, RouterConfiguration? onto = null)
    {
        LoadResult result = ScriptLoader.Load("test", script, onto ?? RouterConfiguration.Default);
        Assert.DoesNotContain(result.Diagnostics, finding => finding.Severity == Severity.Error);
        return result.Configuration!;
    }

    public CompiledRouter Router(string script) => Router(Load(script));

    public CompiledRouter Router(RouterConfiguration configuration) =>
        _compiler.Compile(configuration, Facts, RouterShapes.Of(configuration, ports));

    /// <summary>The routes in force as lines: table, prefix, where to.</summary>
    public static IEnumerable<string> RoutesOf(CompiledRouter router) => router.Spec.Routes.Select(route =>
        $"{route.Table} {route.Prefix}/{route.Length} {Text(route.NextHop)}");

    /// <summary>Configured routes as lines: prefix, A for active, immediate gateways or the reason.</summary>
    public static IEnumerable<string> StatusOf(CompiledRouter router) => router.Routes.Where(route => !route.Status.Connected).Select(route =>
        $"{route.Status.Route.DstAddress} {(route.Status.Active ? "A " : "")}{string.Join(',', route.Status.ImmediateGateways.Select(Text))}{route.Reason}");

    static string Text(Dataplane.Hosting.Routing.NextHopSpec hop) => hop.Ways.Count > 0
        ? string.Join(" | ", hop.Ways.Select(Text))
        : $"{hop.Kind}{(hop.Gateway is null ? "" : $" {hop.Gateway}")}{(hop.Interface == Packets.Packet.NoInterface ? "" : $" {hop.Interface}")}{(hop.Table == 0 ? "" : $" table {hop.Table}")}";

    static string Text(RouterOs.Routing.Gateway gateway) =>
        $"{(gateway.Address is { } address ? RouterOs.Values.AddressPrefix.Of(address > uint.MaxValue ? RuleFamily.Ipv6 : RuleFamily.Ipv4, address).IPAddress : "")}%{gateway.Interface}";
}
