namespace Conntrack.Rig;

/// <summary>Who forwards the rig's traffic on the measured core, in turns with others, so that all see the same state of the machine.</summary>
abstract class Contender(string name) : IDisposable
{
    public string Name { get; } = name;

    /// <summary>What it did, window by window.</summary>
    public Windows Windows { get; } = new();

    /// <summary>Memory that its connections took, divided by them; null where it keeps none or cannot tell.</summary>
    public virtual double? BytesPerConnection => null;

    /// <summary>Starts it, opens its connections, and leaves it waiting for its turn.</summary>
    public abstract void Launch();

    /// <summary>Runs for so many windows after a time that is not counted.</summary>
    public abstract void TakeTurn(int windows, TimeSpan length);

    /// <inheritdoc/>
    public virtual void Dispose() => GC.SuppressFinalize(this);
}
