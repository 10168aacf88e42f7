namespace Conntrack.Live.Bed;

/// <summary>
/// What a VLAN switch does, as a program: a trunk on one side, an untagged interface for each host on the other. Not the kernel's VLAN
/// interfaces, which many a small machine's kernel is built without.
/// </summary>
static class VlanSwitch
{
    public const string Trunk = "trunk";

    public static async Task<RunningProgram> StartAsync(
        Namespace space, IEnumerable<HostPlan> hosts, Dictionary<string, Namespace> spaces, CancellationToken stop)
    {
        HostPlan[] members = [.. hosts];
        await space.IpAsync("link", "set", Trunk, "up", "promisc", "on");
        await Host.TurnOffloadsOffAsync(space, Trunk);
        RunningProgram program = space.StartPython("vlanswitch.py", [Trunk, .. members.Select(host => $"{host.Vlan}")]);
        try
        {
            await program.ReadLineAsync(stop);
            foreach (HostPlan host in members)
            {
                await space.IpAsync("link", "set", $"access{host.Vlan}", "netns", spaces[host.Role].Name, "name", Host.Link);
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
