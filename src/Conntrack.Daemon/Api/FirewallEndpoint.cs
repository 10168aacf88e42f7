using Conntrack.Control;
using Conntrack.Control.Firewall;
using Conntrack.Control.Router;
using Conntrack.RouterOs.Firewall;
using Conntrack.RouterOs.Menus;
using Conntrack.V1;
using Grpc.Core;

namespace Conntrack.Daemon.Api;

/// <summary><c>conntrack.v1.FirewallService</c>: the rule menus of a running router.</summary>
sealed class FirewallEndpoint(RunningRouter router) : FirewallService.FirewallServiceBase
{
    readonly RuleStore _rules = router.Rules;

    public override Task<ListRulesResponse> ListRules(ListRulesRequest request, ServerCallContext context)
    {
        RuleFamily family = Family("family", request.Family);
        RuleTable table = Table("table", request.Table);
        IEnumerable<NumberedRule> rules = _rules.List(family, table);
        if (table == RuleTable.Filter && router.FastTracked(family) is { } counters)
        {
            rules = rules.Prepend(FastTrackCounterRule.Of(family, counters));
        }

        var response = new ListRulesResponse();
        response.Rules.AddRange(rules.Where(rule => request.Chain.Length == 0 || rule.Rule.Chain == request.Chain).Select(Message));
        return Task.FromResult(response);
    }

    public override Task<CreateRuleResponse> CreateRule(CreateRuleRequest request, ServerCallContext context)
    {
        Rule given = request.Rule ?? throw Refusal.Of("rule", "rule is missing");
        RuleFamily family = Family("rule.family", given.Family);
        RuleTable table = Table("rule.table", given.Table);

        // Every property of either table: what this one has not, its menu refuses in its own words.
        IEnumerable<(string, string)> properties = RuleProperties.Of(family, RuleTable.Filter).Properties
            .Select(property => (property.Name, Value: PropertyFields.Get(given, property.Name)))
            .Where(property => property.Value is not null)
            .Select(property => (property.Name, property.Value!));
        ulong? before = request.PlaceBefore.Length == 0 ? null : Id("place_before", request.PlaceBefore);
        return Task.FromResult(new CreateRuleResponse { Rule = Message(_rules.Create(family, table, properties, before)) });
    }

    public override Task<DeleteRuleResponse> DeleteRule(DeleteRuleRequest request, ServerCallContext context)
    {
        _rules.Delete(Id("id", request.Id));
        return Task.FromResult(new DeleteRuleResponse());
    }

    public override Task<ResetCountersResponse> ResetCounters(ResetCountersRequest request, ServerCallContext context)
    {
        if (!_rules.Counts)
        {
            throw new RpcException(new Status(StatusCode.FailedPrecondition, "rules are not counted"));
        }

        _rules.ResetCounters([.. request.Ids.Select(id => Id("ids", id))]);
        return Task.FromResult(new ResetCountersResponse());
    }

    Rule Message(NumberedRule row)
    {
        var message = new Rule
        {
            Id = InternalId.Format(row.Rule.Id),
            Family = row.Rule.Family.Word(),
            Table = row.Rule.Table.Word(),
            Disabled = row.Rule.Disabled,
            Comment = row.Rule.Comment,
            Number = (uint)row.Number,
            Dynamic = row.IsDynamic,
        };
        foreach ((string name, string value) in RuleProperties.Assignments(row.Rule))
        {
            PropertyFields.Set(message, name, value);
        }

        if (_rules.Counts)
        {
            message.Packets = row.Counters.Packets;
            message.Bytes = row.Counters.Bytes;
        }

        return message;
    }

    static RuleFamily Family(string field, string word) => word switch
    {
        "" or "ip" => RuleFamily.Ipv4,
        "ipv6" => RuleFamily.Ipv6,
        _ => throw Refusal.Of(field, $"'{word}' is neither ip nor ipv6"),
    };

    static RuleTable Table(string field, string word) =>
        word.Length == 0 ? RuleTable.Filter
        : RuleTableWords.TryParse(word, out RuleTable table) ? table
        : throw Refusal.Of(field, $"'{word}' is neither filter nor raw");

    static ulong Id(string field, string text) =>
        InternalId.TryParse(text, out ulong id) ? id : throw Refusal.Of(field, $"'{text}' is no id; one is written *1a");
}
