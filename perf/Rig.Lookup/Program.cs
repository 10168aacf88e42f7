using System.Globalization;
using System.Runtime.InteropServices;
using Conntrack.Packets;

namespace Conntrack.Rig.Lookup;

static unsafe class Program
{
    /// <summary>C# may take this many times what C takes at a million connections; above it the rig fails.</summary>
    const double MostRatio = 1.2;

    const uint Million = 1 << 20;

    /// <summary>Without arguments everything; else lookups among so many connections each.</summary>
    static int Main(string[] arguments)
    {
        uint[] sizes = [1 << 10, 1 << 16, Million, 4 * Million];
        if (arguments.Length != 0)
        {
            sizes = new uint[arguments.Length];
            for (int n = 0; n < sizes.Length; n++)
            {
                if (!uint.TryParse(arguments[n], NumberStyles.None, CultureInfo.InvariantCulture, out sizes[n]) || sizes[n] < 32)
                {
                    Console.Error.WriteLine($"rig-lookup: '{arguments[n]}' is no number of connections (32 or more)");
                    return 2;
                }
            }
        }

        // A fixed key: the same buckets in every run.
        Span<byte> key = stackalloc byte[64];
        for (int n = 0; n < key.Length; n++)
        {
            key[n] = (byte)((n * 151) + 17);
        }

        FlowHash* hash = (FlowHash*)NativeMemory.AlignedAlloc((nuint)sizeof(FlowHash), 64);
        *hash = new FlowHash(key);

        bool withinGoal = true;
        foreach (uint size in sizes)
        {
            double ratio = LookupBench.Run(hash, size);
            withinGoal &= size != Million || ratio <= MostRatio;
        }

        if (arguments.Length == 0)
        {
            Lifecycle.Run(hash, Million);
            Lifecycle.RunSteady(hash, Million);
            Lifecycle.RunPressure(hash, Million, Million / 2);
            Lifecycle.RunPressure(hash, Million, 1);
        }

        NativeMemory.AlignedFree(hash);
        if (!withinGoal)
        {
            Console.Error.WriteLine(string.Create(
                CultureInfo.InvariantCulture, $"rig-lookup: C# takes more than {MostRatio} times what C takes at {Million:N0} connections"));
        }

        return withinGoal ? 0 : 1;
    }
}
