using Conntrack.Tracking.Helpers;

namespace Conntrack.Fuzz;

/// <summary>A piece of the product that reads what strangers wrote, and what has to be true of it whatever they wrote.</summary>
abstract class FuzzTarget : IDisposable
{
    /// <summary>Its folder in Corpus, and its name on the command line.</summary>
    public abstract string Name { get; }

    /// <summary>Bytes of an input at most; of longer ones the rest is ignored.</summary>
    public virtual int Longest => 2048;

    public static FuzzTarget Create(string name) => name switch
    {
        "packet" => new PacketTarget(),
        "tcp-options" => new TcpOptionsTarget(),
        "quotation" => new QuotationTarget(),
        "reassembly" => new ReassemblyTarget(),
        "ftp" => new HelperTarget(HelperKind.Ftp),
        "tftp" => new HelperTarget(HelperKind.Tftp),
        "irc" => new HelperTarget(HelperKind.Irc),
        "pptp" => new HelperTarget(HelperKind.Pptp),
        "sip" => new HelperTarget(HelperKind.Sip),
        "h323" => new HelperTarget(HelperKind.H323),
        "out-of-bounds" => new OutOfBoundsTarget(),
        _ => throw new ArgumentException($"no target {name}: {string.Join(", ", Names)}"),
    };

    public static IReadOnlyList<string> Names { get; } = ["packet", "tcp-options", "quotation", "reassembly", "ftp", "tftp", "irc", "pptp", "sip", "h323"];

    /// <summary>What a fuzzer begins with.</summary>
    public abstract IEnumerable<byte[]> Seeds();

    /// <summary>Reads one input. Keeps nothing that the next one could notice.</summary>
    /// <exception cref="InvariantException">Something is not true that has to be.</exception>
    public abstract void Run(ReadOnlySpan<byte> input);

    public abstract void Dispose();
}
