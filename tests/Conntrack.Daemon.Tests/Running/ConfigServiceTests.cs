using System.Globalization;
using Conntrack.V1;
using Grpc.Core;

namespace Conntrack.Daemon.Tests.Running;

/// <summary>The configuration as a whole, on a router of each test's own.</summary>
[Collection(ObservingRouterTests.Name)]
public sealed class ConfigServiceTests
{
    const string TwoRules = """
        /ip firewall filter
        add action=accept chain=forward comment=dns dst-port=53 protocol=udp
        add action=drop chain=forward comment=rest

        """;

    static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task A_script_becomes_a_revision_and_comes_out_again()
    {
        await using RouterProcess router = await StartAsync();
        ConfigService.ConfigServiceClient config = Config(router);
        Assert.Equal(("", "1"), await ExportAsync(config));
        ApplyResponse applied = await config.ApplyAsync(new ApplyRequest { Script = TwoRules + "/system logging add topics=info\n", BaseRevision = "1", Comment = "two rules" });
        Assert.Equal("2", applied.Revision);
        Diagnostic note = Assert.Single(applied.Diagnostics);
        Assert.Equal(("script", 4u, 1u, "note"), (note.File, note.Line, note.Column, note.Severity));
        Assert.Equal((TwoRules, "2"), await ExportAsync(config));

        Revision[] revisions = [.. (await config.ListRevisionsAsync(new ListRevisionsRequest())).Revisions];
        Assert.Equal([("2", "grpc", "two rules", true), ("1", "start", "", false)], revisions.Select(r => (r.Revision_, r.Author, r.Comment, r.Current)));
        Assert.InRange(revisions[0].Time.ToDateTimeOffset(), DateTimeOffset.UtcNow - s_patience, DateTimeOffset.UtcNow);

        // Pasted once more it adds; as a whole it is what is there.
        Assert.Equal("3", (await config.ApplyAsync(new ApplyRequest { Script = TwoRules })).Revision);
        Assert.Equal(4, (await RulesAsync(router)).Count);
        Assert.Equal("4", (await config.ApplyAsync(new ApplyRequest { Script = TwoRules, Replace = true })).Revision);
        Assert.Equal("4", (await config.ApplyAsync(new ApplyRequest { Script = TwoRules, Replace = true })).Revision);
        Assert.Equal((TwoRules, "4"), await ExportAsync(config));
    }

    [Fact]
    public async Task What_is_wrong_with_a_script_is_told_by_place_and_nothing_is_changed()
    {
        await using RouterProcess router = await StartAsync();
        ConfigService.ConfigServiceClient config = Config(router);
        const string Wrong = TwoRules + "add chain=forward action=acept\n";
        ValidateResponse validated = await config.ValidateAsync(new ValidateRequest { Script = Wrong });
        Assert.False(validated.Valid);
        ApplyResponse applied = await config.ApplyAsync(new ApplyRequest { Script = Wrong });
        Assert.Equal("", applied.Revision);
        Assert.Equal(validated.Diagnostics, applied.Diagnostics);
        Diagnostic error = Assert.Single(applied.Diagnostics);
        Assert.Equal(("script", 4u, 26u, "error", "acept", "accept"), (error.File, error.Line, error.Column, error.Severity, error.Word, error.Nearest));
        Assert.Contains("drop", error.Expected, StringComparison.Ordinal);

        // What only this router has against it has no place in the script.
        error = Assert.Single((await config.ApplyAsync(new ApplyRequest { Script = TwoRules + "/ip firewall connection tracking set max-entries=200000000" })).Diagnostics);
        Assert.Equal((0u, "error", "max-entries"), (error.Line, error.Severity, error.Word));
        Assert.False((await config.ValidateAsync(new ValidateRequest { Script = "/ip firewall connection tracking set max-entries=200000000" })).Valid);
        Assert.True((await config.ValidateAsync(new ValidateRequest { Script = TwoRules, BaseRevision = "1" })).Valid);
        Assert.Equal(("", "1"), await ExportAsync(config));

        await Violations.HasStatusAsync(StatusCode.Aborted, () => config.ApplyAsync(new ApplyRequest { Script = TwoRules, BaseRevision = "7" }).ResponseAsync);
        await Violations.HasStatusAsync(StatusCode.NotFound, () => config.RollbackAsync(new RollbackRequest { Revision = "7" }).ResponseAsync);
        await Violations.HasStatusAsync(StatusCode.NotFound, () => config.ExportAsync(new ExportRequest { Revision = "7" }).ResponseAsync);
        await Violations.HasStatusAsync(StatusCode.NotFound, () => config.RollbackAsync(new RollbackRequest()).ResponseAsync);
        await Violations.HasStatusAsync(StatusCode.FailedPrecondition, () => config.ConfirmAsync(new ConfirmRequest()).ResponseAsync);
        Assert.Equal("base_revision", Assert.Single(await Violations.OfAsync(() => config.ApplyAsync(new ApplyRequest { BaseRevision = "r1" }).ResponseAsync)).Field);
        Assert.Equal("confirm_seconds", Assert.Single(await Violations.OfAsync(() => config.ApplyAsync(new ApplyRequest { ConfirmSeconds = 3_932_101 }).ResponseAsync)).Field);
        Assert.Equal("comment", Assert.Single(await Violations.OfAsync(() => config.ApplyAsync(new ApplyRequest { Comment = "a\nb" }).ResponseAsync)).Field);
        Assert.Equal("to_revision", Assert.Single(await Violations.OfAsync(() => config.DiffAsync(new DiffRequest { ToRevision = "1", Script = "" }).ResponseAsync)).Field);
        Assert.Single((await config.ListRevisionsAsync(new ListRevisionsRequest())).Revisions);
    }

    [Fact]
    public async Task Revisions_are_compared_and_come_back()
    {
        await using RouterProcess router = await StartAsync();
        ConfigService.ConfigServiceClient config = Config(router);
        await config.ApplyAsync(new ApplyRequest { Script = TwoRules });
        await ExecuteAsync(router, "/ip firewall filter set 0 dst-port=853");
        Rule[] before = [.. await RulesAsync(router)];

        DiffResponse last = await config.DiffAsync(new DiffRequest());
        DiffEntry entry = Assert.Single(last.Entries);
        Assert.Equal("/ip firewall filter", entry.Menu);
        Assert.Equal(("53", "853"), (Port(entry.Before), Port(entry.After)));
        Assert.StartsWith("--- revision 2\n+++ revision 3\n@@ -1,3 +1,3 @@\n /ip firewall filter\n-", last.Unified, StringComparison.Ordinal);
        Assert.Equal(3, (await config.DiffAsync(new DiffRequest { FromRevision = "1" })).Entries.Count + 1);
        DiffResponse planned = await config.DiffAsync(new DiffRequest { Script = "", Replace = true });
        Assert.All(planned.Entries, gone => Assert.Equal("", gone.After));
        Assert.Equal(2, planned.Entries.Count);

        Assert.Equal("4", (await config.RollbackAsync(new RollbackRequest { Comment = "853 is dead" })).Revision);
        Assert.Equal((TwoRules, "4"), await ExportAsync(config));
        Revision newest = (await config.ListRevisionsAsync(new ListRevisionsRequest())).Revisions[0];
        Assert.Equal(("rollback", "2", "853 is dead"), (newest.Author, newest.Restores, newest.Comment));
        Assert.Equal(before[1].Id, (await RulesAsync(router))[1].Id);

        static string Port(string command) => command.Split("dst-port=")[1].Split(' ')[0];
    }

    [Fact]
    public async Task Rules_that_stay_go_on_counting()
    {
        string folder = RouterProcess.NewFolder();
        await using RouterProcess router = await RouterProcess.StartAsync(
            folder, "--port", $"ether1=net_pcap0,rx_pcap={ObservingRouter.CaptureFile(folder)},infinite_rx=1", "--port", "ether2=net_pcap1,tx_pcap=/dev/null");
        ConfigService.ConfigServiceClient config = Config(router);
        await config.ApplyAsync(new ApplyRequest { Script = "/ip firewall filter\nadd chain=forward comment=counts\n" });
        Rule counted;
        do
        {
            counted = Assert.Single(await RulesAsync(router));
        }
        while (counted.Packets < 1000);

        string exported = (await config.ExportAsync(new ExportRequest())).Script;
        Assert.Equal("2", (await config.ApplyAsync(new ApplyRequest { Script = exported, Replace = true })).Revision);
        await config.ApplyAsync(new ApplyRequest { Script = "/ip firewall filter\nadd chain=forward action=passthrough\n" + exported, Replace = true });
        IReadOnlyList<Rule> after = await RulesAsync(router);
        Assert.Equal(["passthrough", "accept"], after.Select(rule => rule.Action));
        Assert.Equal(counted.Id, after[1].Id);
        Assert.True(after[1].Packets >= counted.Packets, $"{after[1].Packets} after {counted.Packets}");
        Assert.True(after[0].Packets < after[1].Packets, "a new rule does not begin at zero");
    }

    [Fact]
    public async Task Unconfirmed_a_change_rolls_back_by_itself_and_nobody_else_changes_anything_meanwhile()
    {
        await using RouterProcess router = await StartAsync();
        ConfigService.ConfigServiceClient config = Config(router);
        await config.ApplyAsync(new ApplyRequest { Script = TwoRules });
        string trial = (await config.ApplyAsync(new ApplyRequest { Script = "/ip firewall filter remove 0", ConfirmSeconds = 2 })).Revision;
        Revision waiting = (await config.ListRevisionsAsync(new ListRevisionsRequest())).Revisions[0];
        Assert.Equal((trial, "2"), (waiting.Revision_, waiting.RollsBackTo));
        Assert.InRange(waiting.ConfirmBefore.ToDateTimeOffset() - waiting.Time.ToDateTimeOffset(), TimeSpan.FromSeconds(1.9), TimeSpan.FromSeconds(2.1));
        Assert.Single(await RulesAsync(router));

        await Violations.HasStatusAsync(StatusCode.FailedPrecondition, () => config.ApplyAsync(new ApplyRequest { Script = TwoRules }).ResponseAsync);
        await Violations.HasStatusAsync(
            StatusCode.FailedPrecondition,
            () => new FirewallService.FirewallServiceClient(router.Channel).CreateRuleAsync(new CreateRuleRequest { Rule = new Rule { Chain = "forward" } }).ResponseAsync);
        ExecuteResponse refused = await new ConsoleService.ConsoleServiceClient(router.Channel)
            .ExecuteAsync(new ExecuteRequest { Command = "/ip firewall filter add chain=forward" });
        Assert.False(refused.Ok);
        Assert.Contains($"revision {trial} waits for confirmation until ", refused.Output, StringComparison.Ordinal);

        await UntilAsync(async () => (await RulesAsync(router)).Count == 2);
        Assert.Equal((TwoRules, "4"), await ExportAsync(config));
        Assert.Equal("unconfirmed", (await config.ListRevisionsAsync(new ListRevisionsRequest())).Revisions[0].Author);
        await Violations.HasStatusAsync(StatusCode.FailedPrecondition, () => config.ConfirmAsync(new ConfirmRequest { Revision = trial }).ResponseAsync);

        trial = (await config.ApplyAsync(new ApplyRequest { Script = "/ip firewall filter remove 1", ConfirmSeconds = 1 })).Revision;
        Assert.Equal(trial, (await config.ConfirmAsync(new ConfirmRequest { Revision = trial })).Revision);
        await Task.Delay(TimeSpan.FromSeconds(1.5));
        Assert.Single(await RulesAsync(router));
        (_, string error) = await router.TerminateAsync();
        Assert.Contains("ctrack: warning: revision 3 was not confirmed in time: back to revision 2, as revision 4\n", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_script_may_be_larger_than_a_usual_message()
    {
        await using RouterProcess router = await StartAsync();
        string comment = new('#', 99);
        string script = string.Concat(Enumerable.Repeat(comment + "\n", 60_000)) + TwoRules;
        Assert.Equal("2", (await Config(router).ApplyAsync(new ApplyRequest { Script = script })).Revision);
    }

    static ConfigService.ConfigServiceClient Config(RouterProcess router) => new(router.Channel);

    static async Task<RouterProcess> StartAsync()
    {
        string folder = RouterProcess.NewFolder();
        return await RouterProcess.StartAsync(folder, "--port", $"ether1=net_pcap0,rx_pcap={ObservingRouter.CaptureFile(folder)}");
    }

    static async Task<(string Script, string Revision)> ExportAsync(ConfigService.ConfigServiceClient config)
    {
        ExportResponse exported = await config.ExportAsync(new ExportRequest());
        return (exported.Script, exported.Revision);
    }

    static async Task<IReadOnlyList<Rule>> RulesAsync(RouterProcess router) =>
        (await new FirewallService.FirewallServiceClient(router.Channel).ListRulesAsync(new ListRulesRequest())).Rules;

    static async Task ExecuteAsync(RouterProcess router, string command)
    {
        ExecuteResponse response = await new ConsoleService.ConsoleServiceClient(router.Channel).ExecuteAsync(new ExecuteRequest { Command = command });
        Assert.True(response.Ok, response.Output);
    }

    static async Task UntilAsync(Func<Task<bool>> condition)
    {
        DateTime late = DateTime.UtcNow + s_patience;
        while (!await condition())
        {
            Assert.True(DateTime.UtcNow < late, string.Create(CultureInfo.InvariantCulture, $"not within {s_patience.TotalSeconds} s"));
            await Task.Delay(50);
        }
    }
}
