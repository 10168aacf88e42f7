using Conntrack.Testing;

namespace Conntrack.Dataplane.Tests.Replays;

/// <summary>Frames in the order they arrive, by interface and time; written as the captures of a replay.</summary>
sealed class Traffic(int interfaces = 2)
{
    /// <summary>Some instant after 1970, so that virtual zero and the capture's own time differ.</summary>
    public const long Epoch = 1_700_000_000_123_456_789;

    readonly List<CapturedFrame>[] _frames = [.. Enumerable.Range(0, interfaces).Select(_ => new List<CapturedFrame>())];
    long _now;

    /// <summary>Time goes on before the next frame.</summary>
    public Traffic Wait(TimeSpan time)
    {
        _now += time.Ticks * TimeSpan.NanosecondsPerTick;
        return this;
    }

    /// <summary>Frames that arrive at this instant.</summary>
    public Traffic In(int port, params ReadOnlySpan<Frame> frames)
    {
        foreach (Frame frame in frames)
        {
            In(port, frame.ToBytes());
        }

        return this;
    }

    /// <summary>Frames that arrive at this instant.</summary>
    public Traffic In(int port, byte[][] frames)
    {
        foreach (byte[] frame in frames)
        {
            In(port, frame);
        }

        return this;
    }

    /// <summary>A frame that arrives at this instant; of a longer one when a wire length is given.</summary>
    public Traffic In(int port, byte[] frame, int? wireLength = null)
    {
        _frames[port].Add(new CapturedFrame(Epoch + _now, frame, wireLength ?? frame.Length));
        return this;
    }

    /// <summary>
    /// Writes a file for each interface. Frames of one instant are processed by interface first: <see cref="Sequence"/> separates them
    /// where their order matters.
    /// </summary>
    public ReplayRun ToReplay(Dpdk dpdk)
    {
        string[] files = [.. _frames.Select((_, i) => dpdk.PathOf($"in{i}.pcap"))];
        for (int i = 0; i < files.Length; i++)
        {
            CaptureFile.Write(files[i], _frames[i]);
        }

        return new ReplayRun { Captures = files };
    }

    /// <summary>Frames a microsecond apart, which no timeout notices.</summary>
    public Traffic Sequence(params ReadOnlySpan<(int Port, Frame Frame)> frames)
    {
        foreach ((int port, Frame frame) in frames)
        {
            In(port, frame).Wait(TimeSpan.FromMicroseconds(1));
        }

        return this;
    }

    /// <summary>What was written for an interface.</summary>
    public IReadOnlyList<CapturedFrame> Of(int port) => _frames[port];
}
