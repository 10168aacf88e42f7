using Conntrack.Firewall.Nat;

namespace Conntrack.Firewall.Tests.Nat;

/// <summary>Which address of a range: evenly, always the same one, and never one outside.</summary>
public sealed class AddressMappingTests
{
    readonly Random _random = new(2);

    [Theory]
    [InlineData(1u)]
    [InlineData(7u)]
    [InlineData(256u)]
    public void Addresses_are_spread_evenly(uint count)
    {
        NatRule rule = Rule(RuleTarget.SrcNat, 0xc6336400, count);
        int[] chosen = new int[count];
        const int Clients = 100_000;
        for (uint n = 0; n < Clients; n++)
        {
            UInt128 address = AddressMapping.Spread(rule, 0x0a000000 + n, 0xcb007109);
            Assert.InRange(address, rule.FirstAddress, rule.LastAddress);
            Assert.Equal(address, AddressMapping.Spread(rule, 0x0a000000 + n, 0xcb007109));
            chosen[(int)(address - rule.FirstAddress)]++;
        }

        double even = (double)Clients / count;
        Assert.All(chosen, times => Assert.InRange(times, even * 0.7, even * 1.3));
    }

    [Fact]
    public void Ranges_larger_than_64_bits()
    {
        for (int i = 0; i < 1000; i++)
        {
            UInt128 first = Any(), last = UInt128.MaxValue - (Any() >> 8);
            NatRule rule = Rule(RuleTarget.SrcNat, UInt128.Min(first, last), UInt128.Max(first, last) - UInt128.Min(first, last) + 1);
            Assert.InRange(AddressMapping.Spread(rule, Any(), Any()), rule.FirstAddress, rule.LastAddress);
            Assert.InRange(AddressMapping.Same(rule, Any(), Any()), rule.FirstAddress, rule.LastAddress);
        }
    }

    [Theory]
    [InlineData(32)]
    [InlineData(24)]
    [InlineData(10)]
    public void Netmap_is_one_to_one(int prefix)
    {
        uint hosts = prefix == 32 ? 0 : uint.MaxValue >> prefix;
        NatRule rule = Rule(RuleTarget.Netmap, 0xc6336400u & ~hosts, (UInt128)hosts + 1);
        for (int i = 0; i < 1000; i++)
        {
            uint address = (uint)Any();
            UInt128 mapped = AddressMapping.Netmap(rule, address);
            Assert.Equal(address & hosts, (uint)mapped & hosts);
            Assert.InRange(mapped, rule.FirstAddress, rule.LastAddress);
        }
    }

    [Fact]
    public void After_the_last_comes_the_first()
    {
        NatRule rule = Rule(RuleTarget.SrcNat, 10, 3);
        Assert.Equal([(UInt128)11, 12, 10], new UInt128[] { 10, 11, 12 }.Select(address => AddressMapping.After(rule, address)));
    }

    /// <summary>Every port of a range belongs to one worker, and each finds all of its own.</summary>
    [Fact]
    public void Parts_of_ports()
    {
        for (int i = 0; i < 2000; i++)
        {
            int workers = _random.Next(1, 20);
            uint first = (uint)_random.Next(0, 65536), last = (uint)Math.Min(65535, first + _random.Next(0, 100));
            List<uint> ports = [];
            for (int worker = 0; worker < workers; worker++)
            {
                PortPartition part = new(worker, workers);
                ports.AddRange(Enumerable.Range(0, (int)part.CountIn(first, last)).Select(n => part.At(first, (uint)n)));
            }

            Assert.Equal(Enumerable.Range((int)first, (int)(last - first) + 1).Select(port => (uint)port), ports.Order());
        }

        Assert.Equal((65536u, 1u, 0u), (default(PortPartition).CountIn(0, 65535), default(PortPartition).Stride, default(PortPartition).At(0, 0)));
    }

    static NatRule Rule(RuleTarget target, UInt128 first, UInt128 count) =>
        NatRule.Of(target, new RuleTranslation { ToAddresses = new(first, first + count - 1) });

    UInt128 Any()
    {
        Span<byte> bytes = stackalloc byte[16];
        _random.NextBytes(bytes);
        return System.Buffers.Binary.BinaryPrimitives.ReadUInt128LittleEndian(bytes);
    }
}
