using Conntrack.Dataplane.Abi;
using Conntrack.Dataplane.Hosting;
using Conntrack.Dataplane.Hosting.Routing;
using Conntrack.Firewall;
using Conntrack.Testing;
using Conntrack.Tracking;

namespace Conntrack.Dataplane.Tests.Replays;

/// <summary>A replay to be run, as often as a test wants and each time in another way.</summary>
sealed record ReplayRun
{
    /// <summary>The capture that enters each interface; their number is that of the interfaces.</summary>
    public required IReadOnlyList<string> Captures { get; init; }

    public DataplaneRuntime Runtime { get; init; } = DataplaneRuntime.Aot;

    public int Workers { get; init; } = 1;

    public int Burst { get; init; } = 32;

    /// <summary>Which worker a frame comes to.</summary>
    public FrameSpread Spread { get; init; }

    public TrackingParameters Tracking { get; init; } = TrackingDefaults.Parameters();

    /// <summary>How long virtual time runs on after the last frame.</summary>
    public TimeSpan RunOn { get; init; }

    /// <summary>Instead of what the number of interfaces makes of them.</summary>
    public IReadOnlyList<PortRole>? Roles { get; init; }

    /// <summary>The router, where packets are routed.</summary>
    public RouterSpec? Router { get; init; }

    /// <summary>In force from the beginning.</summary>
    public IReadOnlyList<RuleSpec> Rules { get; init; } = [];

    /// <summary>Whether what is sent is written and read back.</summary>
    public bool WithOutputs { get; init; } = true;

    /// <summary>Runs it and checks what holds for every replay: the books balance and no buffer is lost.</summary>
    public ReplayResult Run()
    {
        string[] outputs = [.. Captures.Select((_, i) => Path.Combine(Path.GetDirectoryName(Captures[0])!, $"out{i}.pcap"))];
        var trace = new List<TraceItem>();
        ReplayResult result;
        using (var session = new ReplaySession(Options()) { Spread = Spread })
        {
            uint buffers = session.AvailableBuffers;
            session.PublishRules(Rules);
            for (int i = 0; i < Captures.Count; i++)
            {
                session.AddInput(Captures[i], i);
                if (WithOutputs)
                {
                    session.AddOutput(outputs[i], i);
                }
            }

            for (ReadOnlySpan<TraceItem> items = session.Step(); !items.IsEmpty; items = session.Step())
            {
                trace.AddRange(items);
            }

            trace.AddRange(session.Finish(RunOn));
            Assert.Equal(buffers, session.AvailableBuffers);
            result = new ReplayResult
            {
                Trace = trace,
                Connections = [.. session.Connections().Select(snapshot => new ConnectionLine(snapshot))],
                Counters = session.Counters(),
                Tables = session.Tables(),
                Outputs = [],
            };
        }

        Assert.Equal(0, result.Counters.Balance);
        Assert.Equal((ulong)trace.Count, result.Counters.Received);
        Assert.Equal(result.Counters.Held, (ulong)trace.Count(item => item.Fate == HeldFate.StillHeld));
        return WithOutputs ? result with { Outputs = [.. outputs.Select(CaptureFile.Read)] } : result;
    }

    DataplaneOptions Options()
    {
        PortRole role = Captures.Count switch
        {
            1 => PortRole.Observed,
            2 => PortRole.Wire,
            _ => PortRole.Routed,
        };
        return new DataplaneOptions
        {
            Runtime = Runtime,
            Workers = Workers,
            BurstSize = Burst,
            Tracking = Tracking,
            Router = Router,
            Interfaces =
            [
                .. Captures.Select((_, i) => new InterfaceOptions(PortKind.Capture, 0, Roles == null ? role : Roles[i], (ushort)(i ^ 1))),
            ],
        };
    }
}
