using System.Runtime.InteropServices;
using Conntrack.Firewall.Lists;
using Conntrack.Memory;
using Conntrack.Memory.Publication;
using Conntrack.Packets;

namespace Conntrack.Firewall.Tests.Matching;

/// <summary>Address lists: static entries against a plain search, dynamic ones against a dictionary.</summary>
public unsafe class ListTests
{
    [Theory]
    [InlineData(false), InlineData(true)]
    public void Static_entries_are_found_whatever_overlaps(bool isIpv6)
    {
        Random random = new(isIpv6 ? 5 : 4);
        AddressListSpec[] lists = [.. Enumerable.Range(0, 130).Select(n => new AddressListSpec(
            (ushort)(n * 3), isIpv6, [.. Enumerable.Range(0, random.Next(1, 200)).Select(_ => Some())]))];
        RuleSpec[] rules = [.. lists.Select((list, n) => new RuleSpec
        {
            Chain = isIpv6 ? RuleChain.FilterForward6 : RuleChain.FilterForward4,
            Target = RuleTarget.Passthrough,
            Number = (uint)n,
            CounterSlot = (uint)n,
            Conditions = [n % 2 == 0 ? RuleCondition.SrcAddressList(list.Number) : RuleCondition.DstAddressList(list.Number)],
        })];
        using ImageBlock<RuleImage> block = RuleImageBuilder.Build(rules, lists);
        using Memory memory = new(rules.Length);
        for (int i = 0; i < 500; i++)
        {
            PacketSample sample = new() { IsIpv6 = isIpv6, Src = Near(), Dst = Near() };
            List<uint> expected = [.. Enumerable.Range(0, lists.Length)
                .Where(n => lists[n].Ranges.Any(range => (n % 2 == 0 ? sample.Src : sample.Dst) is var address && address >= range.First && address <= range.Last))
                .Select(n => (uint)n)];
            Assert.Equal(expected, memory.Evaluate(block.Image, rules[0].Chain, sample));
        }

        RuleRange Some()
        {
            UInt128 first = (UInt128)(uint)random.Next(1 << 16) << (isIpv6 ? 96 : 12);
            return new(first, first + (uint)random.Next(1 << random.Next(1, 20)));
        }

        UInt128 Near()
        {
            RuleRange range = lists[random.Next(lists.Length)].Ranges[0];
            return random.Next(4) switch { 0 => range.Last + 1, 1 => range.First, 2 => range.Last, _ => range.First - 1 } & (isIpv6 ? UInt128.MaxValue : uint.MaxValue);
        }
    }

    [Fact]
    public void A_million_entries_compile_and_are_found()
    {
        AddressListSpec list = new(0, false, [.. Enumerable.Range(0, 1_000_000).Select(n => new RuleRange((UInt128)(n * 4u), (UInt128)((n * 4u) + 1)))]);
        RuleSpec rule = new() { Chain = RuleChain.RawPrerouting4, Target = RuleTarget.Drop, Number = 0, CounterSlot = 0, Conditions = [RuleCondition.SrcAddressList(0)] };
        using ImageBlock<RuleImage> block = RuleImageBuilder.Build([rule], [list]);
        using Memory memory = new(1);
        foreach (uint address in (uint[])[0, 1, 2, 3, 4, 5, 6, 399_999, 400_000, 3_999_996, 3_999_997, 3_999_998, uint.MaxValue])
        {
            bool inside = address < 4_000_000 && address % 4 < 2;
            Assert.Equal(inside ? [0u] : [], memory.Evaluate(block.Image, rule.Chain, new() { Src = address }));
        }
    }

    /// <summary>Nothing is allocated for a packet, and a small list that nobody adds to is the classifier's matter.</summary>
    [Fact]
    public void A_small_list_is_a_row()
    {
        RuleSpec rule = new() { Chain = RuleChain.RawPrerouting4, Target = RuleTarget.Drop, Number = 0, CounterSlot = 0, Conditions = [RuleCondition.SrcAddressList(0)] };
        AddressListSpec list = new(0, false, [new(5, 9)]);
        using ImageBlock<RuleImage> plain = RuleImageBuilder.Build([rule], [list]);
        Assert.Equal(RowForm.Word, RuleImage.ChainOf(plain.Image, rule.Chain)->Form);
        using ImageBlock<RuleImage> changing = RuleImageBuilder.Build([rule], [list], [(0, false)]);
        Assert.Equal(RowForm.WordWalk, RuleImage.ChainOf(changing.Image, rule.Chain)->Form);
    }

    [Fact]
    public void Dynamic_entries_live_as_a_dictionary_says()
    {
        Random random = new(8);
        Dictionary<(ushort, uint), ulong> expected = [];
        ListedAddresses* table = Table(4096);
        for (int i = 0; i < 100_000; i++)
        {
            ulong now = Timestamp.FromMicroseconds((ulong)i * 3000);
            ushort list = (ushort)random.Next(3);
            uint address = (uint)random.Next(300);
            switch (random.Next(8))
            {
                case 0:
                    uint ticks = (uint)random.Next(1, 3000);
                    Assert.True(ListedAddresses.Add(table, list, PacketFamily.Ipv4, (byte*)&address, ListedFor.Time, ticks, now));
                    expected[(list, address)] = (ulong)i + (ticks * 10ul / 3) + (ticks * 10 % 3 == 0 ? 0ul : 1);
                    break;
                case 1:
                    bool was = expected.Remove((list, address), out ulong until) && until > (ulong)i;
                    Assert.Equal(was, ListedAddresses.Remove(table, list, PacketFamily.Ipv4, (byte*)&address, now));
                    break;
                default:
                    bool alive = expected.TryGetValue((list, address), out until) && until > (ulong)i;
                    Assert.Equal(alive, ListedAddresses.Contains(table, list, PacketFamily.Ipv4, (byte*)&address, now));
                    break;
            }
        }

        Assert.Equal(0ul, table->Refused);
        ulong end = Timestamp.FromMicroseconds(100_000 * 3000);
        Assert.Equal(expected.Count(entry => entry.Value > 100_000), ListedAddresses.All(table, end).Count);
        NativeMemory.AlignedFree(table);
    }

    /// <summary>A flood of new addresses fills the table and no more; what was there stays, and room comes back with time.</summary>
    [Fact]
    public void A_full_table_refuses_and_recovers()
    {
        ListedAddresses* table = Table(256);
        ulong now = Timestamp.FromMicroseconds(0);
        uint known = 1;
        Assert.True(ListedAddresses.Add(table, 1, PacketFamily.Ipv4, (byte*)&known, ListedFor.Good, 0, now));
        for (uint address = 2; address < 10_000; address++)
        {
            ListedAddresses.Add(table, 1, PacketFamily.Ipv4, (byte*)&address, ListedFor.Time, 100, now);
        }

        Assert.Equal(256, ListedAddresses.All(table, now).Count);
        Assert.Equal(9_999ul - 256, table->Refused);
        Assert.True(ListedAddresses.Contains(table, 1, PacketFamily.Ipv4, (byte*)&known, now));
        now = Timestamp.FromMicroseconds(1_000_000);
        Assert.Single(ListedAddresses.All(table, now));
        uint late = 77_777;
        Assert.True(ListedAddresses.Add(table, 1, PacketFamily.Ipv4, (byte*)&late, ListedFor.Time, 100, now));
        NativeMemory.AlignedFree(table);
    }

    /// <summary>Several workers add and look at once: what one has added another one finds, and never an entry made of two.</summary>
    [Fact]
    public void Workers_share_the_table()
    {
        ListedAddresses* table = Table(1 << 14);
        ulong now = Timestamp.FromMicroseconds(0);
        int wrong = 0;
        nint shared = (nint)table;
        Thread[] threads = [.. Enumerable.Range(0, 3).Select(n => new Thread(() =>
        {
            var listed = (ListedAddresses*)shared;
            Random random = new(n);
            for (int i = 0; i < 40_000; i++)
            {
                uint address = (uint)random.Next(1000) * 2;
                ListedAddresses.Add(listed, (ushort)(address % 7), PacketFamily.Ipv4, (byte*)&address, ListedFor.Run, 0, now);
                bool found = ListedAddresses.Contains(listed, (ushort)(address % 7), PacketFamily.Ipv4, (byte*)&address, now);
                uint never = address + 1;
                bool ghost = ListedAddresses.Contains(listed, (ushort)(address % 7), PacketFamily.Ipv4, (byte*)&never, now);
                Interlocked.Add(ref wrong, (found ? 0 : 1) + (ghost ? 1 : 0));
            }
        }))];
        Array.ForEach(threads, thread => thread.Start());
        Array.ForEach(threads, thread => thread.Join());
        Assert.Equal(0, wrong);
        Assert.Equal(1000, ListedAddresses.All(table, now).Select(entry => entry.Address).Distinct().Count());
        NativeMemory.AlignedFree(table);
    }

    static ListedAddresses* Table(uint entries)
    {
        void* memory = NativeMemory.AlignedAlloc(ListedAddresses.Bytes(entries), 64);
        NativeMemory.Clear(memory, ListedAddresses.Bytes(entries));
        ListedAddresses.Initialize((ListedAddresses*)memory, entries, 0x1234_5678_9abc_def0);
        return (ListedAddresses*)memory;
    }

    /// <summary>What a worker brings along.</summary>
    sealed class Memory : IDisposable
    {
        readonly RuleCounterTable _counters = new(1);
        readonly RuleMemories _memories;
        readonly byte* _block = (byte*)NativeMemory.AlignedAlloc(192 + RuleTrace.ByteSize, 64);

        public Memory(int slots)
        {
            _memories = new RuleMemories(1, _counters, replay: true);
            _counters.Hold((uint)slots);
            _memories.Hold((uint)slots);
        }

        public List<uint> Evaluate(RuleImage* image, RuleChain chain, PacketSample sample)
        {
            var trace = (RuleTrace*)(_block + 192);
            sample.Write((Packet*)_block, _block + 128);
            trace->Clear();
            _ = RuleImage.Evaluate(image, chain, (Packet*)_block, _memories.Of(0), trace);
            List<uint> counted = [];
            for (int i = 0; i < trace->Count; i++)
            {
                counted.Add((*trace)[i].Number);
            }

            return counted;
        }

        public void Dispose()
        {
            _memories.Dispose();
            _counters.Dispose();
            NativeMemory.AlignedFree(_block);
        }
    }
}
