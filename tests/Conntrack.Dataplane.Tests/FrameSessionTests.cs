using Conntrack.Dataplane.Abi;
using Conntrack.Dataplane.Hosting;
using Conntrack.Dataplane.Tests.Replays;
using Conntrack.Packets;
using Conntrack.Testing;
using Conntrack.Tracking;

namespace Conntrack.Dataplane.Tests;

/// <summary>Frames from memory, on the caller's clock.</summary>
[Collection(Dpdk.Collection)]
public sealed class FrameSessionTests(Dpdk dpdk)
{
    static readonly byte[] s_question = new Frame().Ipv4("192.0.2.1", "198.51.100.2").Udp(1024, 53).Data(20).ToBytes();
    static readonly byte[] s_answer = new Frame().Ipv4("198.51.100.2", "192.0.2.1").Udp(53, 1024).Data(60).ToBytes();

    [Theory, Runtimes]
    public void A_frame_goes_through_and_the_table_can_be_read_after_it(DataplaneRuntime runtime)
    {
        Assert.NotNull(dpdk);
        using FrameSession session = Session(runtime, burst: 1);
        uint buffers = session.AvailableBuffers;
        TraceItem item = session.Run(new InputFrame(TimeSpan.Zero, 0, s_question))[0];
        Assert.Equal((ConnectionStateOfPacket.New, Verdict.Forward, 1), (item.State, item.Verdict, item.OutInterface));
        SentFrame sent = Assert.Single(session.Sent);
        Assert.Equal((1, 0u), (sent.Interface, sent.Number));
        Assert.Equal(s_question, sent.Bytes.ToArray());
        Assert.Equal(ConnectionFlags.Confirmed, Assert.Single(session.Connections(TimeSpan.Zero)).Flags);

        Assert.Equal(ConnectionStateOfPacket.Established, session.Run(new InputFrame(TimeSpan.FromSeconds(1), 1, s_answer))[0].State);
        Assert.Equal(0, Assert.Single(session.Sent).Interface);
        Assert.Equal(buffers, session.AvailableBuffers);
        Assert.Equal(0, session.Counters().Balance);
    }

    [Theory, Runtimes]
    public void Time_is_what_the_frames_say_and_does_not_run_backwards(DataplaneRuntime runtime)
    {
        using FrameSession session = Session(runtime, burst: 1);
        session.Run(new InputFrame(TimeSpan.FromSeconds(10), 0, s_question));
        session.Run(new InputFrame(TimeSpan.FromSeconds(5), 0, s_question));
        Assert.Equal(TimeSpan.FromSeconds(30), Assert.Single(session.Connections(TimeSpan.Zero)).Timeout);
        Assert.Equal(TimeSpan.FromSeconds(1), Assert.Single(session.Connections(TimeSpan.FromSeconds(39))).Timeout);
        Assert.Empty(session.Connections(TimeSpan.FromSeconds(40)));
    }

    [Theory, Runtimes]
    public void A_burst_tells_which_frame_caused_what(DataplaneRuntime runtime)
    {
        using FrameSession session = Session(runtime, burst: 3);
        byte[] large = new Frame().Ipv4("192.0.2.1", "198.51.100.2").Udp(9, 9).Data(5000).ToBytes();
        byte[] cut = s_question[..20];
        InputFrame[] burst = [new(TimeSpan.Zero, 0, s_question), new(TimeSpan.Zero, 0, cut), new(TimeSpan.Zero, 0, large)];
        TraceItem[] items = [.. session.Run(burst)];
        Assert.Equal([Verdict.Forward, Verdict.Drop, Verdict.Forward], items.Select(item => item.Verdict));
        Assert.Equal([0u, 2u], session.Sent.Select(sent => sent.Number));
        Assert.Equal(large, session.Sent[1].Bytes.ToArray());
        Assert.Throws<ArgumentOutOfRangeException>(() => session.Run([.. burst, burst[0]]));
    }

    static FrameSession Session(DataplaneRuntime runtime, int burst) => new(
        new DataplaneOptions
        {
            Runtime = runtime,
            BurstSize = burst,
            Tracking = TrackingDefaults.Parameters(),
            Interfaces =
            [
                new InterfaceOptions(PortKind.Capture, 0, PortRole.Wire, 1), new InterfaceOptions(PortKind.Capture, 0, PortRole.Wire, 0),
            ],
        },
        "frames");
}
