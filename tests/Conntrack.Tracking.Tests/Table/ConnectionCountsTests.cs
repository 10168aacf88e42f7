using System.Runtime.InteropServices;
using Conntrack.Tracking.Table;

namespace Conntrack.Tracking.Tests.Table;

/// <summary>How many connections are alive under a key, whoever counts them.</summary>
public sealed unsafe class ConnectionCountsTests
{
    const uint Keys = 1024;

    [Fact]
    public void A_connection_counts_once_under_each_key_until_it_ends()
    {
        using Counts counts = new(Keys);
        using TableUnderTest<Connection4, Flows4> test = new(8, 8);
        test.Table.Counts = counts.Table;
        ExtensionSlab* extensions = &test.View->Extensions;
        Connection* one = test.Table.ConnectionAt(test.Open(1, 100));
        Connection* other = test.Table.ConnectionAt(test.Open(2, 100));
        Assert.Equal(1u, ConnectionCounts.Enter(counts.Table, extensions, one, KeyOf(1)));
        Assert.Equal(1u, ConnectionCounts.Enter(counts.Table, extensions, one, KeyOf(1)));
        Assert.Equal(2u, ConnectionCounts.Enter(counts.Table, extensions, other, KeyOf(1)));

        // More keys than one list of places holds.
        for (uint key = 2; key < 40; key++)
        {
            Assert.Equal(1u, ConnectionCounts.Enter(counts.Table, extensions, one, KeyOf(key)));
            Assert.Equal(1u, ConnectionCounts.Enter(counts.Table, extensions, one, KeyOf(key)));
        }

        test.Table.Remove(test.Find(1), ConnectionEnd.Deleted);
        Assert.Equal(1u, ConnectionCounts.Of(counts.Table, KeyOf(1)));
        Assert.All(Enumerable.Range(2, 38), key => Assert.Equal(0u, ConnectionCounts.Of(counts.Table, KeyOf((uint)key))));
        test.Table.Remove(test.Find(2), ConnectionEnd.Deleted);
        test.Table.ReleaseRemoved();
        Assert.Equal((0u, 0u), (ConnectionCounts.Of(counts.Table, KeyOf(1)), extensions->Count));
    }

    [Fact]
    public void What_patterns_remember_goes_with_the_connection()
    {
        using TableUnderTest<Connection4, Flows4> test = new(4, 4);
        ExtensionSlab* extensions = &test.View->Extensions;
        Extension* extension = test.Table.ExtensionOf(test.Table.ConnectionAt(test.Open(1, 100)));
        extension->Layer7 = extensions->Take();
        var state = (Layer7State*)extensions->At(extension->Layer7);
        (state->More[0], state->More[1]) = (extensions->Take(), extensions->Take());
        nuint[] places = [.. Enumerable.Range(0, Layer7State.MostPatterns).Select(pattern => (nuint)Layer7State.At(state, extensions, pattern))];
        Assert.Equal(places.Length, places.Distinct().Count());
        Assert.DoesNotContain((nuint)0, places);
        Assert.Equal(4u, extensions->Count);
        test.Table.Remove(test.Find(1), ConnectionEnd.Deleted);
        test.Table.ReleaseRemoved();
        Assert.Equal(0u, extensions->Count);
    }

    [Fact]
    public void A_full_bucket_refuses_and_says_so()
    {
        using Counts counts = new(8);
        using TableUnderTest<Connection4, Flows4> test = new(16, 16);
        Connection*[] connections = new Connection*[9];
        for (int n = 0; n < 9; n++)
        {
            connections[n] = test.Table.ConnectionAt(test.Open(n, 100));
            uint count = ConnectionCounts.Enter(counts.Table, &test.View->Extensions, connections[n], KeyOf((uint)n + 1));
            Assert.Equal(n < 8 ? 1u : ConnectionCounts.NoRoom, count);
        }

        Assert.Equal(1ul, counts.Table->Refused);
        ConnectionCounts.Leave(counts.Table, &test.View->Extensions, test.View->Extensions.At(connections[3]->Extension));
        Assert.Equal(1u, ConnectionCounts.Enter(counts.Table, &test.View->Extensions, connections[8], KeyOf(9)));
    }

    /// <summary>Workers that enter and leave under the same few keys at once: nothing is lost, nothing is left.</summary>
    [Fact]
    public void Workers_count_together()
    {
        const int Workers = 4, Rounds = 20_000, Connections = 50;
        using Counts counts = new(Keys);
        ConnectionCounts* table = counts.Table;
        Parallel.For(0, Workers, new ParallelOptions { MaxDegreeOfParallelism = Workers }, worker =>
        {
            using TableUnderTest<Connection4, Flows4> test = new(Connections, Connections);
            Random random = new(worker);
            ExtensionSlab* extensions = &test.View->Extensions;
            for (int flow = 0; flow < Connections; flow++)
            {
                test.Open(flow, 100);
            }

            for (int round = 0; round < Rounds; round++)
            {
                Connection* connection = test.Table.ConnectionAt(test.Find(random.Next(Connections)));
                if (random.Next(3) == 0 && connection->Extension != 0)
                {
                    ConnectionCounts.Leave(table, extensions, extensions->At(connection->Extension));
                }
                else
                {
                    Assert.InRange(ConnectionCounts.Enter(table, extensions, connection, KeyOf((uint)random.Next(1, 9))), 1u, (uint)(Workers * Connections));
                }
            }

            for (int flow = 0; flow < Connections; flow++)
            {
                Connection* connection = test.Table.ConnectionAt(test.Find(flow));
                if (connection->Extension != 0)
                {
                    ConnectionCounts.Leave(table, extensions, extensions->At(connection->Extension));
                }
            }
        });
        Assert.All(Enumerable.Range(1, 8), key => Assert.Equal(0u, ConnectionCounts.Of(counts.Table, KeyOf((uint)key))));
    }

    /// <summary>Spread as a hash spreads it.</summary>
    static ulong KeyOf(uint number) => number * 0x9e37_79b9_7f4a_7c15ul;

    sealed class Counts : IDisposable
    {
        public Counts(uint keys)
        {
            nuint bytes = ConnectionCounts.Bytes(keys);
            Table = (ConnectionCounts*)NativeMemory.AlignedAlloc(bytes, 64);
            NativeMemory.Clear(Table, bytes);
            ConnectionCounts.Initialize(Table, keys);
        }

        public ConnectionCounts* Table { get; }

        public void Dispose() => NativeMemory.AlignedFree(Table);
    }
}
