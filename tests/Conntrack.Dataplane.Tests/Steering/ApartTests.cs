using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Conntrack.Dataplane.Hosting;

namespace Conntrack.Dataplane.Tests.Steering;

/// <summary>
/// Where two workers write into one cache line every burst waits for the other's core: with a few small objects of theirs side by side two workers
/// forwarded 1.45 times what one does, and twice with lines of their own.
/// </summary>
[Collection(Dpdk.Collection)]
public sealed unsafe class ApartTests
{
    /// <summary>A cache line and the one that is fetched with it.</summary>
    const nint Apart = 128;

    [Fact]
    public void No_object_of_a_worker_shares_a_cache_line_with_anothers()
    {
        string lan = DemoTests.DemoFile("lan.pcap"), wan = DemoTests.DemoFile("wan.pcap");
        using var rig = new WorkerRig(DataplaneRuntime.Jit, [lan, lan, lan], [wan, wan, wan]);

        // Twice, for a collection moves what it keeps.
        Check(rig);
        GC.Collect(2, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        Check(rig);
    }

    static void Check(WorkerRig rig)
    {
        object instance = GCHandle.FromIntPtr((nint)rig.Dataplane.Handle).Target!;
        Worker[] workers = Assert.IsType<Worker[]>(instance.GetType().GetField("Workers")!.GetValue(instance));
        HashSet<object>[] own = [.. workers.Select(Reachable)];
        List<object> all = [.. own.SelectMany(objects => objects)];
        HashSet<object> common = [.. all.GroupBy(part => part, ReferenceEqualityComparer.Instance).Where(group => group.Count() > 1).Select(group => group.Key!)];
        Assert.All(own, objects => Assert.Contains(objects, part => part.GetType().Name == "Handover"));
        Assert.All(own, objects => Assert.Contains(objects, part => part.GetType().Name == "Housekeeping"));
        Assert.All(own, objects => Assert.Contains(objects, part => part.GetType().Name == "WorkerRoom"));

        Assert.True(GC.TryStartNoGCRegion(1 << 20));
        try
        {
            (nint From, nint To, int Worker, string Name)[] places =
            [
                .. own.SelectMany((objects, worker) => objects.Where(part => !common.Contains(part)).Select(part =>
                {
                    nint from = *(nint*)Unsafe.AsPointer(ref part);
                    return (from, from + SizeOf(from), worker, part.GetType().Name);
                })).OrderBy(place => place.Item1),
            ];
            for (int n = 1; n < places.Length; n++)
            {
                Assert.True(
                    places[n].Worker == places[n - 1].Worker || places[n].From - places[n - 1].To >= Apart,
                    $"{places[n - 1].Name} of worker {places[n - 1].Worker} and {places[n].Name} of worker {places[n].Worker}: {places[n].From - places[n - 1].To} bytes apart");
            }
        }
        finally
        {
            GC.EndNoGCRegion();
        }
    }

    /// <summary>The first word of an object's method table has its base size in the upper half.</summary>
    static nint SizeOf(nint address) => *(int*)(*(nint*)address + sizeof(int));

    /// <summary>What a worker consists of; another worker is not a part of it.</summary>
    static HashSet<object> Reachable(Worker worker)
    {
        HashSet<object> reached = new(ReferenceEqualityComparer.Instance) { worker };
        Queue<object> due = new([worker]);
        while (due.TryDequeue(out object? part))
        {
            for (Type? type = part.GetType(); type != null && type != typeof(object); type = type.BaseType)
            {
                foreach (FieldInfo field in type.GetFields(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly))
                {
                    if (!field.FieldType.IsPointer && !field.FieldType.IsValueType && field.GetValue(part) is { } next and not Worker
                        && next.GetType().Namespace?.StartsWith("Conntrack", StringComparison.Ordinal) == true && reached.Add(next))
                    {
                        due.Enqueue(next);
                    }
                }
            }
        }

        return reached;
    }
}
