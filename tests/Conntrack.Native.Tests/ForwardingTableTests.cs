using System.Buffers.Binary;

namespace Conntrack.Native.Tests;

/// <summary>DPDK's tables against a list of prefixes searched from end to end.</summary>
[Collection(Dpdk.Collection)]
public sealed unsafe class ForwardingTableTests(Dpdk dpdk)
{
    [Theory]
    [InlineData(false, false, 40)]
    [InlineData(false, true, 400)]
    [InlineData(true, false, 40)]
    [InlineData(true, true, 400)]
    public void Random_prefixes_are_found_by_the_longest(bool isIpv6, bool dense, int changes)
    {
        Assert.NotNull(dpdk);
        var random = new Random(changes);
        int bytes = isIpv6 ? 16 : 4;
        using ForwardingTable table = new(isIpv6, dense, 1024);
        var held = new Dictionary<(string Prefix, int Length), ushort>();
        byte[] address = new byte[bytes];
        for (int change = 0; change < changes; change++)
        {
            if (held.Count > 0 && random.Next(3) == 0)
            {
                var gone = held.Keys.ElementAt(random.Next(held.Count));
                table.Unset(Convert.FromHexString(gone.Prefix), gone.Length);
                held.Remove(gone);
            }
            else
            {
                // Few distinct bytes, so that prefixes lie in each other. A default route is not among them, see ForwardingTable.
                int length = 1 + random.Next(bytes * 8);
                byte[] prefix = Masked([.. Enumerable.Range(0, bytes).Select(_ => (byte)(random.Next(3) * 0x55))], length);
                ushort hop = (ushort)random.Next(1, ForwardingTable.MostNextHop + 1);
                table.Set(prefix, length, hop);
                held[(Convert.ToHexString(prefix), length)] = hop;
            }

            for (int i = 0; i < 40; i++)
            {
                for (int at = 0; at < bytes; at++)
                {
                    address[at] = (byte)(random.Next(3) * 0x55);
                }

                Assert.Equal(Plain(held, address), Lookup(table, isIpv6, address));
            }
        }
    }

    [Fact]
    public void What_is_not_there_cannot_be_removed()
    {
        using ForwardingTable table = new(isIpv6: false, dense: false, 16);
        Assert.Throws<NativeException>(() => table.Unset([10, 0, 0, 0], 8));
    }

    static ushort Plain(Dictionary<(string Prefix, int Length), ushort> held, byte[] address) => held
        .Where(entry => Convert.ToHexString(Masked(address, entry.Key.Length)) == entry.Key.Prefix)
        .OrderByDescending(entry => entry.Key.Length)
        .Select(entry => entry.Value)
        .FirstOrDefault();

    static ushort Lookup(ForwardingTable table, bool isIpv6, byte[] address)
    {
        ulong hop;
        fixed (byte* bytes = address)
        {
            if (isIpv6)
            {
                Fibs.Lookup6(table.Fib, bytes, &hop, 1);
            }
            else
            {
                uint number = BinaryPrimitives.ReadUInt32BigEndian(address);
                Fibs.Lookup4(table.Fib, &number, &hop, 1);
            }
        }

        return (ushort)hop;
    }

    static byte[] Masked(byte[] address, int length)
    {
        byte[] masked = [.. address];
        for (int bit = length; bit < masked.Length * 8; bit++)
        {
            masked[bit / 8] &= (byte)~(0x80 >> (bit % 8));
        }

        return masked;
    }
}
