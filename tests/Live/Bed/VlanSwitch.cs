namespace Conntrack.Live.Bed;

/// <summary>
/// What a VLAN switch does, as a program: a trunk on one side, an untagged interface for each host on the other. Not the kernel's VLAN
/// interfaces, which many a small machine's kernel is built without.
/// </summary>
static class VlanSwitch
{
    public static async Task<RunningProgram> StartAsync(
        Namespace space, string trunk, IEnumerable<HostPlan> hosts, Dictionary<string, Namespace> spaces, CancellationToken stop)
    {
        HostPlan[] members = [.. hosts];
        await space.IpAsync("link", "set", trunk, "up", "promisc", "on");
        await Host.TurnOffloadsOffAsync(space, trunk);
        RunningProgram program = space.StartPython("vlanswitch.py", [trunk, .. members.Select(host => $"{host.Vlan}")]);
        try
        {
            await program.ReadLineAsync(stop);
            foreach (HostPlan host in members)
            {
                await space.IpAsync("link", "set", $"access{host.Vlan}", "netns", spaces[host.Role].Name, "name", host.Link);
            }

            return program;
        }
        catch
        {
            await program.DisposeAsync();
            throw;
        }
    }
}
