using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

[assembly: DisableRuntimeMarshalling]

namespace Conntrack.Native;

/// <summary>
/// Where libctrack-dpdk.so is. Inside the NativeAOT library its functions are linked directly and nothing here runs; under the JIT it lies
/// beside the application, or, for a host that starts elsewhere in the repository, in artifacts/native.
/// </summary>
static class Shim
{
    public const string Library = "ctrack-dpdk";
    const string FileName = "libctrack-dpdk.so";

#pragma warning disable CA2255 // The resolver has to stand before the first P/Invoke here, and only a module initializer is sure to.
    [ModuleInitializer]
    internal static void Register()
    {
        if (RuntimeFeature.IsDynamicCodeSupported)
            NativeLibrary.SetDllImportResolver(typeof(Shim).Assembly, Resolve);
    }
#pragma warning restore CA2255

    static nint Resolve(string library, Assembly assembly, DllImportSearchPath? searchPath)
    {
        if (library != Library)
            return 0;
        string beside = Path.Combine(AppContext.BaseDirectory, FileName);
        return File.Exists(beside) ? NativeLibrary.Load(beside)
            : FindInRepository() is { } found ? NativeLibrary.Load(found)
            : 0;
    }

    static string? FindInRepository()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            string candidate = Path.Combine(folder.FullName, "artifacts", "native", FileName);
            if (File.Exists(candidate))
                return candidate;
        }

        return null;
    }
}
