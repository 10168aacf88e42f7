using System.Runtime.InteropServices;
using Conntrack.Firewall;
using Conntrack.Native;

namespace Conntrack.Dataplane.Abi;

/// <summary>A capture file that frames come from. 16 bytes.</summary>
[StructLayout(LayoutKind.Explicit, Size = 16)]
public struct ReplayInput
{
    /// <summary>The shim's reader.</summary>
    [FieldOffset(0)] public nint Reader;

    [FieldOffset(8)] public ushort Interface;
}

/// <summary>How the frames of a replay are spread over several workers.</summary>
public enum FrameSpread : uint
{
    /// <summary>By their addresses, fragments and errors to where their connection is: little is left to hand over.</summary>
    Addresses = 0,

    /// <summary>
    /// As by a device that knows no fragments and no quoted packets: by addresses and ports, both directions of an untranslated connection to
    /// one worker, and every fragment and every error to another one than the last.
    /// </summary>
    Scattered = 1,
}

/// <summary>What replay and its host share besides the workers' feeds. Filled by the host before <c>ct_replay_start</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
public unsafe struct ReplayState
{
    /// <summary>The shim's pool that frames are read into.</summary>
    public Mempool* Pool;

    public ReplayInput* Inputs;

    /// <summary>The shim's writer of each interface, null for those nobody asked for.</summary>
    public nint* Writers;

    /// <summary>Lines of the latest step in order, room for <see cref="TraceCapacity"/>.</summary>
    public TraceItem* Trace;

    /// <summary>One beside each item of <see cref="Trace"/>, null when the rules of each packet are not asked for.</summary>
    public RuleTrace* Rules;

    public uint InputCount;

    /// <summary>The input whose reader failed, when a step returns an error.</summary>
    public uint FailedInput;

    /// <summary>The 1-based frame of it that could not be read; 0 when a writer failed.</summary>
    public uint FailedFrame;

    /// <summary>Interface of the writer that failed.</summary>
    public uint FailedInterface;

    /// <summary>Virtual time of the latest frame, nanoseconds.</summary>
    public ulong Now;

    /// <summary>Virtual zero: nanoseconds since 1970.</summary>
    public long Epoch;

    /// <summary>
    /// Items of <see cref="Trace"/>, at least two bursts more than fragments can be held: the frame that ends a wait ends it for many.
    /// </summary>
    public uint TraceCapacity;

    /// <summary>Which worker a frame comes to, of several.</summary>
    public FrameSpread Spread;
}
