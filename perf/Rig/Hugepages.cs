using System.Globalization;

namespace Conntrack.Rig;

/// <summary>Hugepages of 2 MiB, reserved for the run and given back after it. Without any DPDK takes ordinary memory.</summary>
sealed class Hugepages : IDisposable
{
    const string Reserved = "/proc/sys/vm/nr_hugepages";

    /// <summary>Pools and rings of five processes; Open vSwitch has most of them.</summary>
    const int Wanted = 256;

    /// <summary>Other programs of the machine may take some of what was meant for us.</summary>
    const int Attempts = 3;

    readonly int _before;

    public Hugepages(bool use)
    {
        _before = Read();
        Interruption.Undoes(this);
        for (int attempt = 0; attempt < Attempts && use && Free() < Wanted; attempt++)
        {
            Write(Read() + Wanted - Free());
        }

        Available = use && Free() >= Wanted;
        if (!Available)
        {
            Write(_before);
        }
    }

    /// <summary>Whether there are enough.</summary>
    public bool Available { get; }

    static int Read() => int.TryParse(File.ReadAllText(Reserved), NumberStyles.None | NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture, out int n) ? n : 0;

    static int Free() => File.ReadLines("/proc/meminfo")
        .Where(line => line.StartsWith("HugePages_Free:", StringComparison.Ordinal))
        .Select(line => int.Parse(line.AsSpan("HugePages_Free:".Length), NumberStyles.AllowLeadingWhite, CultureInfo.InvariantCulture))
        .FirstOrDefault();

    /// <summary>Not being allowed to is no error: then there are none.</summary>
    static void Write(int count)
    {
        try
        {
            if (Read() != count)
            {
                File.WriteAllText(Reserved, count.ToString(CultureInfo.InvariantCulture));
            }
        }
        catch (Exception failure) when (failure is UnauthorizedAccessException or IOException)
        {
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Interruption.Done(this);
        Write(_before);
    }
}
