using FsCheck;
using FsCheck.Fluent;

namespace Conntrack.Firewall.Tests;

/// <summary>The image against rules asked one by one: verdict, deciding rule, every counter, the order of the trace.</summary>
public class DifferentialTests
{
    /// <summary>Around the edges of a word (64) and of a page (4,096).</summary>
    public static TheoryData<int> Sizes => [0, 1, 2, 5, 10, 16, 40, 63, 64, 65, 66, 127, 200, 600, 2000, 4097, 9000];

    [Theory, MemberData(nameof(Sizes))]
    public void Ipv4_filter(int rules) => AssertAgrees(RuleChain.FilterForward4, rules, new(rules + 1, isIpv6: false));

    [Theory, MemberData(nameof(Sizes))]
    public void Ipv6_filter(int rules) => AssertAgrees(RuleChain.FilterForward6, rules, new(rules + 2, isIpv6: true));

    [Theory, MemberData(nameof(Sizes))]
    public void Rules_that_mostly_count(int rules) =>
        AssertAgrees(RuleChain.RawPrerouting4, rules, new(rules + 3, isIpv6: false) { Counting = 0.95 });

    [Theory, MemberData(nameof(Sizes))]
    public void Rules_that_mostly_negate(int rules) =>
        AssertAgrees(RuleChain.RawPrerouting6, rules, new(rules + 4, isIpv6: true) { Negation = 0.8 });

    /// <summary>Many small chains reach shapes that few large ones do not.</summary>
    [Fact]
    public void Small_chains()
    {
        for (int seed = 0; seed < 300; seed++)
        {
            bool isIpv6 = seed % 2 != 0;
            AssertAgrees(isIpv6 ? RuleChain.FilterInput6 : RuleChain.FilterInput4, seed % 70, new(seed + 1000, isIpv6), packets: 40);
        }
    }

    /// <summary>Few values, so that ranges touch, nest and coincide; a counterexample is printed with its rules.</summary>
    [Fact]
    public void Crowded_values() =>
        Prop.ForAll(Rules().ToArbitrary(), static rules =>
        {
            PlainChain chain = new(rules);
            List<PacketSample> packets = [];
            for (ushort value = 0; value < 8; value++)
            {
                for (ushort port = 0; port < 8; port++)
                {
                    byte protocol = (byte)(port % 2 == 0 ? 17 : 1);
                    packets.Add(new()
                    {
                        Src = value,
                        Dst = (UInt128)(7 - value),
                        SrcPort = port,
                        DstPort = value,
                        In = value,
                        Out = port,
                    });
                    packets.Add(new()
                    {
                        Src = uint.MaxValue - value,
                        Dst = value,
                        SrcPort = value,
                        DstPort = (ushort)(65535 - port),
                        Protocol = protocol,
                    });
                    packets.Add(new() { Src = value, Dst = port, IsLaterFragment = true });
                }
            }

            CompiledRun.AssertAgrees(chain, RuleChain.FilterOutput4, packets);
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(200).WithEndSize(120));

    static Gen<PlainRule[]> Rules()
    {
        Gen<bool> negated = Gen.Frequency((4, Gen.Constant(false)), (1, Gen.Constant(true)));
        Gen<(UInt128, UInt128, bool)?> addresses =
            from asks in Gen.Elements(true, false)
            from first in Gen.Choose(0, 7)
            from length in Gen.Choose(0, 7)
            from atTheTop in Gen.Elements(true, false)
            from not in negated
            select asks ? ((UInt128, UInt128, bool)?)(atTheTop ? (uint.MaxValue - (uint)(first + length), uint.MaxValue - (uint)first, not)
                : ((UInt128)first, (UInt128)(first + length), not)) : null;
        Gen<(ushort, ushort)> range =
            from first in Gen.Choose(0, 7)
            from length in Gen.Elements(0, 1, 3, 65528)
            select ((ushort)first, (ushort)(first + length));
        Gen<((ushort, ushort)[], bool)?> ports =
            from asks in Gen.Elements(true, false, false)
            from ranges in range.ArrayOf(3)
            from not in negated
            select asks ? (((ushort, ushort)[], bool)?)(ranges, not) : null;
        Gen<(ushort[], bool)?> interfaces =
            from asks in Gen.Elements(true, false, false, false)
            from index in Gen.Choose(0, 7)
            from not in negated
            select asks ? ((ushort[], bool)?)([(ushort)index], not) : null;
        Gen<PlainRule> rule =
            from target in Gen.Elements(Enum.GetValues<RuleTarget>().Where(target => target <= RuleTarget.NoTrack))
            from src in addresses
            from dst in addresses
            from srcPort in ports
            from dstPort in ports
            from inInterface in interfaces
            from outInterface in interfaces
            select new PlainRule
            {
                Target = target,
                Src = src,
                Dst = dst,
                SrcPort = srcPort,
                DstPort = dstPort,
                In = inInterface,
                Out = outInterface,
            };
        return rule.ArrayOf();
    }

    static void AssertAgrees(RuleChain chain, int rules, RandomRules random, int packets = 500)
    {
        PlainChain plain = random.Chain(rules);
        CompiledRun.AssertAgrees(plain, chain, Enumerable.Range(0, packets).Select(_ => random.Packet(plain)));
    }
}
