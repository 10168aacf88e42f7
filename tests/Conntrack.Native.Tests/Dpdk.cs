using System.Runtime.Versioning;

[assembly: SupportedOSPlatform("linux")]

namespace Conntrack.Native.Tests;

/// <summary>EAL starts once in a process, so all tests that need it share this session and take turns.</summary>
public sealed class Dpdk : IDisposable
{
    public const string Collection = "dpdk";

    static int s_pools;

    readonly EalSession _session = EalSession.Start(Arguments);

    public static NoHugeArguments Arguments { get; } = new(128);

    /// <summary>A folder for this run's files.</summary>
    public string Folder { get; } = Directory.CreateTempSubdirectory("ctrack-native-").FullName;

    /// <summary>A pool without thread caches, so that <see cref="MbufPool.Available"/> tells every mbuf.</summary>
    public static MbufPool Pool(uint count = 511, ushort dataRoom = MbufPool.DefaultDataRoom) =>
        new($"test{Interlocked.Increment(ref s_pools)}", count, dataRoom, cache: 0);

    public string PathOf(string file) => Path.Combine(Folder, file);

    public void Dispose()
    {
        _session.Dispose();
        Directory.Delete(Folder, recursive: true);
    }
}

[CollectionDefinition(Dpdk.Collection)]
public sealed class DpdkTests : ICollectionFixture<Dpdk>;
