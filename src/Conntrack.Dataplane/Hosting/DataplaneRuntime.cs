using Conntrack.Native;

namespace Conntrack.Dataplane.Hosting;

/// <summary>Which compilation of the dataplane runs.</summary>
public enum DataplaneRuntime
{
    /// <summary>libctrack-dataplane.so: NativeAOT, a runtime and a garbage collector of its own. The product.</summary>
    Aot,

    /// <summary>The same assembly under the host's JIT, for debugging and unit tests; the host's collections stop its workers.</summary>
    Jit,
}

/// <summary>Finds the entry points of either compilation.</summary>
static class DataplaneRuntimes
{
    const string LibraryName = "libctrack-dataplane.so";

    /// <exception cref="DllNotFoundException">The library is not beside the application.</exception>
    public static DataplaneFunctions Functions(DataplaneRuntime runtime) =>
        runtime == DataplaneRuntime.Jit
            ? Exports.Functions()
            : DataplaneFunctions.Load(Path.Combine(AppContext.BaseDirectory, LibraryName));

    /// <summary>Loads the library and has its runtime started by a first call. That it cannot be had is told to whoever asks for its functions.</summary>
    public static unsafe void TryLoad()
    {
        try
        {
            _ = Functions(DataplaneRuntime.Aot).AllocatedBytes();
        }
        catch (Exception exception) when (exception is DllNotFoundException or EntryPointNotFoundException)
        {
        }
    }
}
