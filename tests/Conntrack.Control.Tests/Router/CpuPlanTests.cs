using Conntrack.Control.Router;

namespace Conntrack.Control.Tests.Router;

public sealed class CpuPlanTests
{
    [Theory]
    [InlineData("0,1", 1, "0", 1)]
    [InlineData("0,1,2,3", 3, "0", 1)]
    [InlineData("0,1,2,3", 1, "0", 1)]
    [InlineData("4,6,8,9,10", 2, "4", 8)]
    [InlineData("2,3", 1, "2", 3)]
    public void The_first_CPU_is_the_control_planes_and_workers_take_a_run_of_others(string cpus, int workers, string control, int first)
    {
        var plan = CpuPlan.For([.. cpus.Split(',').Select(int.Parse)], workers);
        Assert.Equal(control, string.Join(',', plan.Control));
        Assert.Equal(first, plan.FirstWorker);
    }

    [Theory]
    [InlineData("0", 1)]
    [InlineData("0,1", 2)]
    [InlineData("0,2,4,6", 2)]
    public void Without_enough_CPUs_nobody_is_pinned(string cpus, int workers)
    {
        var plan = CpuPlan.For([.. cpus.Split(',').Select(int.Parse)], workers);
        Assert.Equal(cpus, string.Join(',', plan.Control));
        Assert.Null(plan.FirstWorker);
    }
}
