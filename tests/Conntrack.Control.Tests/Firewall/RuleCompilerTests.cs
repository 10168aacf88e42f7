using Conntrack.Control.Firewall;
using Conntrack.Control.Settings;
using Conntrack.Control.Tests.Routing;
using Conntrack.Firewall;
using Conntrack.RouterOs.Settings;

namespace Conntrack.Control.Tests.Firewall;

/// <summary>What a rule of the script becomes for the dataplane: each matcher its condition, each action its target.</summary>
public sealed class RuleCompilerTests
{
    [Theory]
    [InlineData("src-mac-address=02:00:00:00:00:07", ConditionKind.SrcMac)]
    [InlineData("src-address-type=local", ConditionKind.SrcAddressType)]
    [InlineData("dst-address-type=!local", ConditionKind.DstAddressType)]
    [InlineData("src-address-list=a", ConditionKind.SrcAddressList)]
    [InlineData("dst-address-list=!a", ConditionKind.DstAddressList)]
    [InlineData("ttl=less-than:5", ConditionKind.Ttl)]
    [InlineData("dscp=46", ConditionKind.Dscp)]
    [InlineData("packet-size=0-123", ConditionKind.PacketSize)]
    [InlineData("protocol=tcp tls-host=*.example.com", ConditionKind.TlsHost)]
    [InlineData("ipv4-options=any", ConditionKind.Ipv4Options)]
    [InlineData("fragment=yes", ConditionKind.Fragment)]
    [InlineData("protocol=tcp port=80,8000-8080", ConditionKind.Port)]
    [InlineData("protocol=tcp tcp-flags=syn,!ack", ConditionKind.TcpFlags)]
    [InlineData("protocol=tcp tcp-flags=syn tcp-mss=!0-1378", ConditionKind.TcpMss)]
    [InlineData("protocol=icmp icmp-options=8:0", ConditionKind.IcmpOptions)]
    [InlineData("packet-mark=p", ConditionKind.PacketMark)]
    [InlineData("connection-mark=!no-mark", ConditionKind.ConnectionMark)]
    [InlineData("connection-bytes=500000-0", ConditionKind.ConnectionBytes)]
    [InlineData("connection-limit=!100,24", ConditionKind.ConnectionLimit)]
    [InlineData("layer7-protocol=http", ConditionKind.Layer7)]
    [InlineData("layer7-protocol=!empty", ConditionKind.Never)]
    [InlineData("in-bridge-port=ether1", ConditionKind.InBridgePort)]
    [InlineData("in-bridge-port-list=!all", ConditionKind.InBridgePort)]
    [InlineData("out-bridge-port=!ether1", ConditionKind.OutBridgePort)]
    [InlineData("out-bridge-port-list=all", ConditionKind.OutBridgePort)]
    [InlineData("routing-table=!main", ConditionKind.RoutingTable)]
    [InlineData("content=secret", ConditionKind.Content)]
    [InlineData("protocol=tcp psd=21,3s,3,1", ConditionKind.Psd)]
    [InlineData("random=30", ConditionKind.Random)]
    [InlineData("nth=3,1", ConditionKind.Nth)]
    [InlineData("per-connection-classifier=both-addresses:2/1", ConditionKind.PerConnectionClassifier)]
    [InlineData("limit=5,10:packet", ConditionKind.Limit)]
    [InlineData("dst-limit=1/1m,9,dst-address/1m", ConditionKind.DstLimit)]
    [InlineData("time=7h-23h,sun,sat", ConditionKind.Time)]
    public void Every_matcher_is_a_condition(string matcher, ConditionKind kind)
    {
        RuleSpec rule = Assert.Single(Compile(
            $"/ip firewall layer7-protocol\nadd name=http regexp=\"^get .*http\"\nadd name=empty\n/ip firewall filter add chain=forward action=accept {matcher}"));
        Assert.Contains(rule.Conditions, condition => condition.Kind == kind && condition.Negated == matcher.Contains("=!", StringComparison.Ordinal)
            || (condition.Kind == kind && kind == ConditionKind.Ttl && condition.Negated));
        RuleImageBuilder.Build([rule]).Dispose();
    }

    [Theory]
    [InlineData("filter add chain=input action=reject reject-with=tcp-reset protocol=tcp", RuleTarget.Reject)]
    [InlineData("filter add chain=input action=tarpit protocol=tcp", RuleTarget.Tarpit)]
    [InlineData("filter add chain=input action=jump jump-target=mine", RuleTarget.Jump)]
    [InlineData("filter add chain=mine action=return", RuleTarget.Return)]
    [InlineData("filter add chain=input action=add-src-to-address-list address-list=l address-list-timeout=1d", RuleTarget.AddSrcToAddressList)]
    [InlineData("raw add chain=prerouting action=add-dst-to-address-list address-list=l", RuleTarget.AddDstToAddressList)]
    [InlineData("mangle add chain=prerouting action=mark-connection new-connection-mark=c", RuleTarget.MarkConnection)]
    [InlineData("mangle add chain=forward action=mark-packet new-packet-mark=p passthrough=no", RuleTarget.MarkPacket)]
    [InlineData("mangle add chain=forward action=change-mss new-mss=1360 protocol=tcp tcp-flags=syn", RuleTarget.ChangeMss)]
    [InlineData("mangle add chain=postrouting action=change-dscp new-dscp=46", RuleTarget.ChangeDscp)]
    [InlineData("mangle add chain=postrouting action=change-ttl new-ttl=set:64", RuleTarget.ChangeTtl)]
    [InlineData("mangle add chain=postrouting action=set-priority new-priority=3", RuleTarget.SetPriority)]
    [InlineData("mangle add chain=prerouting action=clear-df", RuleTarget.ClearDf)]
    [InlineData("mangle add chain=prerouting action=strip-ipv4-options", RuleTarget.StripIpv4Options)]
    [InlineData("filter add chain=forward action=fasttrack-connection", RuleTarget.FastTrack)]
    [InlineData("filter add chain=forward action=fasttrack-connection hw-offload=no", RuleTarget.FastTrack)]
    [InlineData("filter add chain=forward action=fasttrack-connection hw-offload=yes", RuleTarget.FastTrackHardware)]
    public void Every_action_is_a_target(string rule, RuleTarget target)
    {
        RuleSpec spec = Assert.Single(Compile($"/ip firewall {rule}"));
        Assert.Equal(target, spec.Target);
        Assert.Equal(!rule.Contains("passthrough=no", StringComparison.Ordinal), spec.Effect?.Passthrough ?? true);
        RuleImageBuilder.Build([spec]).Dispose();
    }

    [Fact]
    public void Names_are_numbers_that_stay()
    {
        RuleCompiler compiler = new();
        RouterConfiguration first = Load("/ip firewall mangle add chain=prerouting action=mark-connection new-connection-mark=a");
        RouterConfiguration second = Load(
            "/ip firewall mangle\nadd chain=prerouting action=mark-connection new-connection-mark=b\nadd chain=forward connection-mark=a action=accept");
        ushort a = compiler.Compile(first.Rules, Interfaces(first))[0].Effect!.Value;
        List<RuleSpec> specs = compiler.Compile(second.Rules, Interfaces(second));
        Assert.NotEqual(a, specs[0].Effect!.Value);
        Assert.Equal(RuleCondition.ConnectionMark(a), specs[1].Conditions[0]);
    }

    /// <summary>What connections remember of patterns is by number: it is good as long as no number passes to another pattern.</summary>
    [Fact]
    public void A_pattern_keeps_its_number_while_others_come_and_go()
    {
        Layer7Patterns patterns = new();
        patterns.Keep(["a", "b"]);
        Layer7Pattern a = patterns.Of("a"), b = patterns.Of("b");
        patterns.Keep(["b", .. Enumerable.Range(0, 62).Select(n => $"x{n}")]);
        Assert.Equal((b.Number, b.Edition), (patterns.Of("b").Number, patterns.Of("b").Edition));
        Assert.DoesNotContain(a.Number, Enumerable.Range(0, 62).Select(n => patterns.Of($"x{n}").Number));
        patterns.Keep(["b", .. Enumerable.Range(0, 63).Select(n => $"x{n}")]);
        Assert.Equal((a.Number, b.Edition + 1, b.Edition + 1), (patterns.Of("x62").Number, patterns.Of("x62").Edition, patterns.Of("b").Edition));
        Assert.Throws<ConfigurationRefusedException>(() => patterns.Keep([.. Enumerable.Range(0, 65).Select(n => $"y{n}")]));
        Assert.Equal(b.Number, patterns.Of("b").Number);
    }

    /// <summary>Publishing failed: the rules in force count where they did, and nobody else counts there.</summary>
    [Fact]
    public void What_is_not_published_has_taken_no_slot_and_given_none_back()
    {
        RuleCompiler compiler = new();
        RouterConfiguration inForce = Load("/ip firewall filter\nadd chain=forward\nadd chain=input");
        RouterConfiguration fewer = Load("/ip firewall filter\nadd chain=forward");
        RouterConfiguration more = Load("/ip firewall filter\nadd chain=forward\nadd chain=input\nadd chain=output");
        uint[] slots = SlotsOf(inForce);
        SlotsOf(fewer);
        Assert.NotEmpty(compiler.Released);
        compiler.Undo();

        // The second rule has kept its slot: it takes over nobody's, so what it has counted stays its.
        Assert.Equal(slots, SlotsOf(inForce));
        Assert.Empty(compiler.Released);
        Assert.Empty(compiler.Reused);

        // The third has none, and gets the one that it had for a moment.
        ulong third = more.Rules.All.Max(rule => rule.Id);
        uint[] withThird = SlotsOf(more);
        Assert.NotNull(compiler.SlotOf(third));
        compiler.Undo();
        Assert.Null(compiler.SlotOf(third));
        Assert.Equal(withThird, SlotsOf(more));

        uint[] SlotsOf(RouterConfiguration configuration) =>
            [.. compiler.Compile(configuration.Rules, Interfaces(configuration)).Select(spec => spec.CounterSlot)];
    }

    static List<RuleSpec> Compile(string script)
    {
        RouterConfiguration configuration = Load(script);
        return new RuleCompiler().Compile(configuration.Rules, Interfaces(configuration));
    }

    static RuleInterfaces Interfaces(RouterConfiguration configuration) => new(configuration, new Compiling(2).Router(configuration));

    static RouterConfiguration Load(string script) => Compiling.Load(script);
}
