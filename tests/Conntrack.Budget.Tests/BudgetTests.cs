using System.Diagnostics;
using System.Globalization;

namespace Conntrack.Budget.Tests;

/// <summary>What callgrind counted, once for all tests.</summary>
public sealed class Measurement
{
    const string Program = "../../../publish/Budget/release_linux-x64/budget";

    /// <summary>Instructions a packet inside the dataplane, by case; null without valgrind.</summary>
    public IReadOnlyDictionary<string, double>? Measured { get; }

    public Measurement()
    {
        if (!(Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Any(folder => File.Exists(Path.Combine(folder, "valgrind"))))
        {
            return;
        }

        using Process process = Process.Start(new ProcessStartInfo(Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, Program)))
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, errors.Result);
        Measured = Table.Read(output);
    }
}

/// <summary>Lines of a case and a number.</summary>
static class Table
{
    public static IReadOnlyDictionary<string, double> Read(string text) => text.Split('\n', StringSplitOptions.RemoveEmptyEntries)
        .Where(line => !line.StartsWith('#'))
        .Select(line => line.Split('\t'))
        .ToDictionary(words => words[0], words => double.Parse(words[1], CultureInfo.InvariantCulture));
}

/// <summary>
/// No change makes a packet's way longer without anybody noticing: instructions do not depend on the machine or on who else uses it. Time
/// is another matter; perf/ measures that.
/// </summary>
public sealed class BudgetTests(Measurement measurement) : IClassFixture<Measurement>
{
    static readonly IReadOnlyDictionary<string, double> s_budgets = Table.Read(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "budgets.tsv")));

    public static TheoryData<string> Cases => [.. s_budgets.Keys];

    [Theory, MemberData(nameof(Cases))]
    public void A_packet_costs_no_more_instructions_than_it_may(string name)
    {
        double measured = Measured()[name];
        Assert.True(
            measured <= s_budgets[name],
            string.Create(CultureInfo.InvariantCulture, $"{name}: {measured:F1} instructions a packet, {s_budgets[name]:F0} are allowed (perf/Budget/budgets.tsv)"));
    }

    [Fact]
    public void Every_case_has_a_budget() => Assert.Equal(s_budgets.Keys.Order(StringComparer.Ordinal), Measured().Keys.Order(StringComparer.Ordinal));

    /// <summary>What is counted is what the cases say: each adds work to the one before, and FastTrack saves a good part of it.</summary>
    [Fact]
    public void What_does_more_costs_more()
    {
        IReadOnlyDictionary<string, double> measured = Measured();
        Assert.True(measured["wire-untracked-udp"] < measured["tracked-udp"]);
        Assert.True(measured["tracked-udp"] < measured["default-udp"]);
        Assert.True(measured["default-udp"] < measured["nat-udp"]);
        Assert.True(measured["fasttrack-nat-udp"] < 0.8 * measured["nat-udp"]);
        Assert.True(measured["tracked-udp"] < measured["tracked-tcp-windows"]);
        Assert.True(measured["nat-udp"] < measured["new-nat-tcp"]);
    }

    /// <summary>A classifier and paths that are kept: what a thousandfold of rules costs.</summary>
    [Fact]
    public void Ten_thousand_rules_cost_little_more_than_ten()
    {
        IReadOnlyDictionary<string, double> measured = Measured();
        Assert.InRange(measured["rules-10000-udp"] / measured["rules-10-udp"], 0.9, 1.2);
        Assert.InRange(measured["rules-10000-new-tcp"] / measured["rules-10-new-tcp"], 0.9, 3);
    }

    /// <summary>
    /// A hundred thousand additions a second are to cost established traffic less than a twentieth of a core, which retires over two thousand
    /// million instructions a second.
    /// </summary>
    [Fact]
    public void An_addition_to_a_dynamic_list_is_a_small_part_of_a_new_connection()
    {
        const double CoreMillions = 2000, Additions = 0.1;
        IReadOnlyDictionary<string, double> measured = Measured();
        Assert.InRange(measured["listed-new-tcp"] - measured["rules-10-new-tcp"], 100, CoreMillions / 20 / Additions);
    }

    IReadOnlyDictionary<string, double> Measured()
    {
        Assert.SkipWhen(measurement.Measured is null, "valgrind is not installed");
        return measurement.Measured!;
    }
}
