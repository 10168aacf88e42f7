using System.Net;
using Conntrack.Dataplane.Hosting;
using Conntrack.Dataplane.Hosting.Routing;
using Conntrack.Dataplane.Routing;
using Conntrack.Dataplane.Tests.Routing;
using Conntrack.Firewall;

namespace Conntrack.Dataplane.Tests.Rules;

/// <summary>
/// What connections remember of rules and routes lasts as long as those look the same to them: seen from a fasttracked one, whose packets go the
/// slow path when it has to be asked anew.
/// </summary>
[Collection(Dpdk.Collection)]
public sealed class EditionTests
{
    static readonly RuleSpec s_fastTrack = new()
    {
        Chain = RuleChain.FilterForward4, Target = RuleTarget.FastTrack, Number = 0, CounterSlot = 0, ConnectionState = RuleMatch.States(RuleStates.Established),
    };

    static readonly RuleSpec s_established = s_fastTrack with { Target = RuleTarget.Accept, Number = 1, CounterSlot = 1 };

    static readonly RuleSpec s_drop = new() { Chain = RuleChain.FilterForward4, Target = RuleTarget.Drop, Number = 2, CounterSlot = 2 };

    static readonly byte[] s_question = RouterRig.From(0).Ipv4("10.0.0.2", "10.2.0.2").Udp(1, 2).ToBytes();
    static readonly byte[] s_answer = RouterRig.From(2).Ipv4("10.2.0.2", "10.0.0.2").Udp(2, 1).ToBytes();

    [Theory, Runtimes]
    public void An_edit_behind_what_takes_the_established_asks_nobody_anew(DataplaneRuntime runtime)
    {
        using RouterRig rig = FastTracked(runtime);
        rig.Session.PublishRules([s_fastTrack, s_established, s_drop with { SrcAddress = RuleMatch.Addresses(1, 2) }, s_drop with { Number = 3, CounterSlot = 3 }]);
        Assert.Single(rig.Send(0, s_question).Sent);
        Assert.Equal(1, rig.LastPath);
        rig.Session.PublishRules([s_fastTrack, s_established]);
        Assert.Single(rig.Send(2, s_answer).Sent);
        Assert.Equal(1, rig.LastPath);
    }

    [Theory, Runtimes]
    public void An_edit_before_it_is_heeded_by_the_next_packet(DataplaneRuntime runtime)
    {
        using RouterRig rig = FastTracked(runtime);
        rig.Session.PublishRules([s_drop with { Number = 0 }, s_fastTrack with { Number = 1 }, s_established with { Number = 2 }]);
        Assert.Empty(rig.Send(0, s_question).Sent);
        Assert.Empty(rig.Send(2, s_answer).Sent);

        // And what was remembered under the first edition is not good again because the rules are.
        rig.Session.PublishRules([s_fastTrack, s_established, s_drop]);
        Assert.Single(rig.Send(0, s_question).Sent);
        Assert.Equal(0, rig.LastPath);
    }

    [Theory, Runtimes]
    public void What_the_established_rule_took_is_asked_anew_when_it_goes(DataplaneRuntime runtime)
    {
        using RouterRig rig = FastTracked(runtime);
        rig.Session.PublishRules([s_drop]);
        Assert.Empty(rig.Send(0, s_question).Sent);
    }

    [Theory, Runtimes]
    public void A_rule_of_another_table_is_heeded_by_fasttracked_packets(DataplaneRuntime runtime)
    {
        using RouterRig rig = FastTracked(runtime);
        rig.Session.PublishRules([s_fastTrack, s_established, s_drop, s_drop with { Chain = RuleChain.RawPrerouting4, Number = 0, CounterSlot = 3 }]);
        Assert.Empty(rig.Send(0, s_question).Sent);
    }

    [Theory, Runtimes]
    public void A_router_that_is_the_same_asks_nobody_anew_and_another_one_does(DataplaneRuntime runtime)
    {
        using RouterRig rig = FastTracked(runtime);
        rig.Change(static spec => spec with { Routes = [.. spec.Routes] });
        Assert.Single(rig.Send(0, s_question).Sent);
        Assert.Equal(1, rig.LastPath);

        rig.Change(static spec => spec with
        {
            Routes = [.. spec.Routes, new RouteSpec(0, IPAddress.Parse("10.2.0.2"), 32, new NextHopSpec(NextHopKind.Gateway, 1, IPAddress.Parse("10.1.0.3")))],
        });
        Assert.Equal(1, Assert.Single(rig.Send(0, s_question).Sent).Interface);
        Assert.Equal(0, rig.LastPath);

        // The forwarding tables change places; going back is a change as well.
        rig.Change(static spec => spec with { Routes = [.. spec.Routes.SkipLast(1)] });
        Assert.Equal(2, Assert.Single(rig.Send(0, s_question).Sent).Interface);
    }

    static RouterRig FastTracked(DataplaneRuntime runtime)
    {
        RouterRig rig = new(runtime, rules: [s_fastTrack, s_established]);
        for (int n = 0; n < 3; n++)
        {
            rig.Send(0, s_question);
            rig.Send(2, s_answer);
        }

        rig.Send(0, s_question);
        Assert.Equal(1, rig.LastPath);
        rig.Send(2, s_answer);
        Assert.Equal(1, rig.LastPath);
        return rig;
    }
}
