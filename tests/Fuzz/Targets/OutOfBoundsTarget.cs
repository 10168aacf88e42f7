using Conntrack.Testing;

namespace Conntrack.Fuzz;

/// <summary>Reads one byte too many. Not one of <see cref="FuzzTarget.Names"/>: it shows that whoever runs a target notices.</summary>
sealed unsafe class OutOfBoundsTarget : FuzzTarget
{
    readonly GuardedMemory _memory = new(4096);

    public override string Name => "out-of-bounds";

    public override IEnumerable<byte[]> Seeds() => [[1, 2, 3]];

    public override void Run(ReadOnlySpan<byte> input)
    {
        byte* place = _memory.PlaceLast(input);
        InvariantException.ThrowUnless(place[input.Length] <= byte.MaxValue);
    }

    public override void Dispose() => _memory.Dispose();
}
