using System.Diagnostics;
using System.Globalization;

namespace Conntrack.Rig.Peers;

/// <summary>DPDK's own forwarder on the same source: what receiving and sending alone cost.</summary>
/// <param name="mode">Its forwarding engine: <c>io</c> touches no packet, <c>5tswap</c> exchanges MAC addresses, addresses and ports.</param>
/// <param name="setting">Where it runs.</param>
/// <param name="workload">What it forwards.</param>
sealed class Testpmd(string mode, Setting setting, Workload workload) : PollingProcess($"testpmd-{mode}", workload, setting.RealTime)
{
    /// <summary>A packet has to have gone through.</summary>
    protected override bool IsReady() => Counters.Read().Swallowed != 0;

    protected override ProcessStartInfo Command()
    {
        var start = new ProcessStartInfo("dpdk-testpmd");
        string[] memory = setting.Hugepages ? ["--in-memory"] : ["--no-shconf", "--no-huge", "-m", "256", "--iova-mode=va"];
        string[] arguments =
        [
            $"--lcores=0@({string.Join(',', setting.ControlCpus)}),1@{setting.WorkerCpu}",
            "--no-telemetry", "--no-pci", "--log-level=3", .. memory, $"--file-prefix=rig-{Environment.ProcessId}-{mode}", "-d", setting.Plugin,
            .. Workload.Devices(opensFlows: false, Counters.FilePath).Select(device => $"--vdev={device}"),
            "--", "--total-num-mbufs=32767", $"--mbuf-size={Workload.BufferBytes}", $"--forward-mode={mode}", "--no-flush-rx",
            string.Create(CultureInfo.InvariantCulture, $"--burst={setting.Burst}"), "--stats-period=3600",
        ];
        foreach (string argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        return start;
    }

    protected override void Started()
    {
        Process.OutputDataReceived += (_, line) => Remember(line.Data);
        Process.BeginOutputReadLine();
    }

    protected override int? WorkerThread() => ThreadNamed("worker");
}
