using System.Runtime.Versioning;
using Conntrack.Native;

[assembly: SupportedOSPlatform("linux")]

namespace Conntrack.Dataplane.Tests;

/// <summary>EAL starts once in a process, so all tests that need it share this session and take turns.</summary>
public sealed class Dpdk : IDisposable
{
    public const string Collection = "dpdk";

    /// <summary>For a replay's 16,383 buffers of two kilobytes, or for two device ports with as many.</summary>
    const int Megabytes = 128;

    readonly EalSession _session = EalSession.Start(new NoHugeArguments(Megabytes));
    readonly string _folder = Directory.CreateTempSubdirectory("ctrack-dataplane-").FullName;

    /// <summary>A file of this run, gone with it.</summary>
    public string PathOf(string file) => Path.Combine(_folder, file);

    public void Dispose()
    {
        _session.Dispose();
        Directory.Delete(_folder, recursive: true);
    }
}

[CollectionDefinition(Dpdk.Collection)]
public sealed class DpdkTests : ICollectionFixture<Dpdk>;
