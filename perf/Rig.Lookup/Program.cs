using System.Globalization;
using System.Runtime.InteropServices;
using Conntrack.Packets;

namespace Conntrack.Rig.Lookup;

static unsafe class Program
{
    /// <summary>C# may take this many times what C takes at a million connections; above it the rig fails.</summary>
    const double MostRatio = 1.2;

    const uint Million = 1 << 20;

    /// <summary>
    /// Without arguments everything but scale; <c>floods</c> only those; <c>observed</c>: what it costs to be observed; <c>scale N</c> so many
    /// connections made and aged out; else lookups among so many connections each.
    /// </summary>
    static int Main(string[] arguments)
    {
        bool floodsAlone = arguments is ["floods"];
        bool scaleAlone = arguments is ["scale", _];
        arguments = floodsAlone ? [] : scaleAlone ? arguments[1..] : arguments;
        uint[] sizes = [1 << 10, 1 << 16, Million, 4 * Million];
        bool observed = arguments is ["observed"];
        if (observed)
        {
            sizes = [];
        }
        else if (arguments.Length != 0)
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

        if (floodsAlone || scaleAlone)
        {
            if (floodsAlone)
            {
                Floods.Run(hash);
            }
            else
            {
                Scale.Run(hash, sizes[0]);
            }

            NativeMemory.AlignedFree(hash);
            return 0;
        }

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
            Floods.Run(hash);
        }

        if (observed || arguments.Length == 0)
        {
            Lifecycle.RunObserved(hash, Million);
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
