using Conntrack.V1;
using Grpc.Core;

namespace Conntrack.Daemon.Tests.Running;

[Collection(ObservingRouterTests.Name)]
public sealed class FirewallServiceTests(ObservingRouter router)
{
    [Fact]
    public async Task A_rule_is_listed_as_it_was_made_until_it_is_deleted()
    {
        Rule made = await CreateAsync(new Rule
        {
            Chain = "forward", Action = "drop", ConnectionState = "!established,related", Protocol = "6", SrcAddress = "!10.1.2.3/8",
            DstPort = "443,8000-8080", InInterface = "lan", Comment = "no \"new\" TCP", Disabled = true,
        });
        Assert.Equal(
            ("ip", "filter", "forward", "drop", "!established,related", "tcp", "!10.0.0.0/8", "443,8000-8080", "lan", "no \"new\" TCP", true),
            (made.Family, made.Table, made.Chain, made.Action, made.ConnectionState, made.Protocol, made.SrcAddress, made.DstPort,
                made.InInterface, made.Comment, made.Disabled));
        Assert.Equal(made, Assert.Single(await ListAsync("ip", "filter")));

        await router.Firewall.DeleteRuleAsync(new DeleteRuleRequest { Id = made.Id });
        Assert.Empty(await ListAsync("ip", "filter"));
        await Violations.HasStatusAsync(
            StatusCode.NotFound, () => router.Firewall.DeleteRuleAsync(new DeleteRuleRequest { Id = made.Id }).ResponseAsync);
    }

    [Fact]
    public async Task Rules_keep_their_order_and_their_ids()
    {
        Rule first = await CreateAsync(new Rule { Family = "ipv6", Table = "raw", Chain = "prerouting", Action = "notrack" });
        Rule last = await CreateAsync(new Rule { Family = "ipv6", Table = "raw", Chain = "output" });
        Rule between = await CreateAsync(new Rule { Family = "ipv6", Table = "raw", Chain = "prerouting", Action = "drop" }, last.Id);
        Assert.Equal((0u, 1u, 1u), (first.Number, last.Number, between.Number));
        Assert.Equal([first.Id, between.Id, last.Id], (await ListAsync("ipv6", "raw")).Select(rule => rule.Id));
        Assert.Equal([first.Id, between.Id], (await ListAsync("ipv6", "raw", "prerouting")).Select(rule => rule.Id));
        Assert.Empty(await ListAsync("ip", "raw"));
        foreach (Rule rule in new[] { between, first, last })
        {
            await router.Firewall.DeleteRuleAsync(new DeleteRuleRequest { Id = rule.Id });
        }
    }

    [Fact]
    public async Task What_is_wrong_is_told_by_field_and_no_rule_is_made()
    {
        Assert.Equal(
            ["action", "protocol", "src_address", "in_interface"],
            (await Violations.OfAsync(() => CreateAsync(new Rule
            {
                Chain = "forward", Action = "dorp", Protocol = "tpc", SrcAddress = "10.0.0.300", InInterface = "wna",
            }))).Select(violation => violation.Field));
        Assert.Equal("dst_port", Assert.Single(await Violations.OfAsync(() => CreateAsync(new Rule { Chain = "forward", DstPort = "53" }))).Field);
        Assert.Equal(
            "connection_state",
            Assert.Single(await Violations.OfAsync(() => CreateAsync(new Rule { Table = "raw", Chain = "prerouting", ConnectionState = "new" }))).Field);
        Assert.Equal("rule.family", Assert.Single(await Violations.OfAsync(() => CreateAsync(new Rule { Family = "ipx", Chain = "forward" }))).Field);
        Assert.Empty(await ListAsync("ip", "filter"));
    }

    async Task<Rule> CreateAsync(Rule rule, string before = "") =>
        (await router.Firewall.CreateRuleAsync(new CreateRuleRequest { Rule = rule, PlaceBefore = before })).Rule;

    async Task<IReadOnlyList<Rule>> ListAsync(string family, string table, string chain = "") =>
        (await router.Firewall.ListRulesAsync(new ListRulesRequest { Family = family, Table = table, Chain = chain })).Rules;
}
