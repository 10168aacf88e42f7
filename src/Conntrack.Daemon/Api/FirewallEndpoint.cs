using Conntrack.Control;
using Conntrack.Control.Firewall;
using Conntrack.Control.Router;
using Conntrack.RouterOs.Firewall;
using Conntrack.RouterOs.Firewall.Lists;
using Conntrack.RouterOs.Menus;
using Conntrack.RouterOs.Settings;
using Conntrack.RouterOs.Values;
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
        if (router.FastTracked(family) is { } counters)
        {
            rules = FastTrackCounterRule.Of(family, table, counters).Concat(rules);
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

        // Every property of any table: what this one has not, its menu refuses in its own words.
        IEnumerable<(string, string)> properties = Enum.GetValues<RuleTable>()
            .SelectMany(other => RuleProperties.Of(family, other).Properties)
            .Select(static property => property.Name)
            .Distinct()
            .Select(name => (Name: name, Value: PropertyFields.Get(given, name)))
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

    public override Task<ListListedAddressesResponse> ListListedAddresses(ListListedAddressesRequest request, ServerCallContext context)
    {
        RuleFamily family = Family("family", request.Family);
        Dictionary<ulong, ListedAddressStatus> timed = [];
        List<ListedAddressStatus> made = [];
        foreach (ListedAddressStatus status in router.ListedAddresses(family))
        {
            if (status.IsDynamic || !timed.TryAdd(status.Listed.Id, status))
            {
                made.Add(status);
            }
        }

        RouterConfiguration configuration = router.Configuration.Current;
        var response = new ListListedAddressesResponse();
        response.Addresses.AddRange((family == RuleFamily.Ipv4 ? configuration.Ipv4AddressLists : configuration.Ipv6AddressLists)
            .Where(entry => timed.GetValueOrDefault(entry.Id) is not { IsOver: true })
            .Select(entry => Message(family, entry, timed.TryGetValue(entry.Id, out ListedAddressStatus? status) ? status.Remaining : entry.Timeout))
            .Concat(made.Select(status => Message(family, status.Listed, status.Remaining)))
            .Where(address => request.List.Length == 0 || address.List == request.List));
        return Task.FromResult(response);
    }

    static V1.ListedAddress Message(RuleFamily family, RouterOs.Firewall.Lists.ListedAddress entry, TimeSpan? timeout) => new()
    {
        Id = entry.Id == 0 ? "" : InternalId.Format(entry.Id),
        List = entry.List,
        Address = AddressRange.Of(family, entry.First, entry.Last).Text,
        Timeout = timeout is { } time ? RouterOsTime.Format(time) : "",
        Dynamic = entry.Id == 0 || entry.Timeout is not null,
        Disabled = entry.Disabled,
        Comment = entry.Comment,
    };

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
        : throw Refusal.Of(field, $"'{word}' is none of filter, mangle, nat and raw");

    static ulong Id(string field, string text) =>
        InternalId.TryParse(text, out ulong id) ? id : throw Refusal.Of(field, $"'{text}' is no id; one is written *1a");
}
