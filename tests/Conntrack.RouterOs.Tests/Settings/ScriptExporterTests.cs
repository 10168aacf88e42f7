using Conntrack.RouterOs.Settings;
using FsCheck;
using FsCheck.Fluent;

namespace Conntrack.RouterOs.Tests.Settings;

public sealed class ScriptExporterTests
{
    [Fact]
    public void Writes_nothing_for_the_defaults() => Assert.Equal("", ScriptExporter.Export(RouterConfiguration.Default));

    [Fact]
    public void Writes_what_differs_in_RouterOS_s_words() => Assert.Equal(
        """
        /interface ethernet
        set [ find default-name=ether1 ] name=WAN comment="to the ISP"
        set [ find default-name=ether3 ] mac-address=02:00:00:00:00:0A mtu=9000 disabled=yes
        /ip firewall connection tracking
        set enabled=yes loose-tcp-tracking=no tcp-established-timeout=5d udp-timeout=1s200ms max-entries=2000000

        """,
        ScriptExporter.Export(new RouterConfiguration
        {
            Ethernets = EthernetTable.Default
                .With(new EthernetSettings(3) { MacAddress = new MacAddress(0x02000000000A), Mtu = 9000, Disabled = true })
                .With(new EthernetSettings(1) { Name = "WAN", Comment = "to the ISP" })
                .With(new EthernetSettings(2)),
            Tracking = new TrackingSettings
            {
                Enabled = TrackingMode.Yes,
                LooseTcpTracking = false,
                TcpEstablishedTimeout = TimeSpan.FromDays(5),
                UdpTimeout = TimeSpan.FromMilliseconds(1200),
                MaxEntries = 2_000_000,
            },
        }));

    [Fact]
    public void Any_configuration_loads_back_identically() =>
        Prop.ForAll(Configurations().ToArbitrary(), static configuration =>
        {
            LoadResult result = ScriptLoader.Load("export", ScriptExporter.Export(configuration), RouterConfiguration.Default);
            return result.Diagnostics.Count == 0 && configuration.Equals(result.Configuration);
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(1000));

    static Gen<RouterConfiguration> Configurations() =>
        from tracking in Trackings()
        from ports in Ports()
        select new RouterConfiguration { Tracking = tracking, Ethernets = ports };

    static Gen<TrackingSettings> Trackings()
    {
        const long MostTicks = 20L * 7 * 24 * 3600 * 100;
        Gen<TimeSpan> time = Gen.OneOf(
            Gen.Choose(0, 300).Select(static ticks => ticks * TrackingSettings.TimeoutStep),
            Gen.Choose(0, (int)MostTicks).Select(static ticks => ticks * TrackingSettings.TimeoutStep),
            Gen.Elements(TrackingSettings.LeastTimeout, TrackingSettings.MostTimeout, TimeSpan.FromDays(1), TimeSpan.FromMinutes(5)));
        Gen<TrackingMode?> mode = Gen.Elements<TrackingMode?>(null, TrackingMode.Auto, TrackingMode.Yes, TrackingMode.No);
        Gen<int?> entries = Gen.OneOf(
            Gen.Constant<int?>(null), Gen.Choose(1, TrackingSettings.MostEntries).Select(static count => (int?)count));
        return
            from enabled in mode
            from loose in Gen.Elements(true, false)
            from liberal in Gen.Elements(true, false)
            from maxEntries in entries
            from times in Gen.ArrayOf(time, 14)
            select new TrackingSettings
            {
                Enabled = enabled,
                LooseTcpTracking = loose,
                LiberalTcpTracking = liberal,
                TcpSynSentTimeout = times[0],
                TcpSynReceivedTimeout = times[1],
                TcpEstablishedTimeout = times[2],
                TcpFinWaitTimeout = times[3],
                TcpCloseWaitTimeout = times[4],
                TcpLastAckTimeout = times[5],
                TcpTimeWaitTimeout = times[6],
                TcpCloseTimeout = times[7],
                TcpMaxRetransTimeout = times[8],
                TcpUnackedTimeout = times[9],
                UdpTimeout = times[10],
                UdpStreamTimeout = times[11],
                IcmpTimeout = times[12],
                GenericTimeout = times[13],
                MaxEntries = maxEntries,
            };
    }

    /// <summary>Ports with any text as name and comment; a permutation of default names now and then, as after exchanging cables.</summary>
    static Gen<EthernetTable> Ports()
    {
        Gen<string> text = Gen.OneOf(
            Gen.Elements("", "WAN", "up link", "!x", "0", "*1", "a=b", "\"", "$x", "[find]", "{", "#", "\\", "é€😀", "\r\n"),
            ArbMap.Default.GeneratorFor<char[]>().Select(static characters => new string([.. (characters ?? []).Take(50)])));
        Gen<EthernetSettings> port =
            from number in Gen.Choose(EthernetSettings.LeastNumber, 8)
            from name in text
            from hasAddress in Gen.Elements(true, false)
            from address in Gen.Choose(1, int.MaxValue)
            from mtu in Gen.Choose(EthernetSettings.LeastMtu, EthernetSettings.MostMtu)
            from disabled in Gen.Elements(true, false)
            from comment in text
            select new EthernetSettings(number)
            {
                Name = name,
                MacAddress = hasAddress ? new MacAddress((ulong)address) : null,
                Mtu = mtu,
                Disabled = disabled,
                Comment = comment,
            };
        EthernetTable exchanged = EthernetTable.Default
            .With(new EthernetSettings(9) { Name = "ether10" })
            .With(new EthernetSettings(10) { Name = "ether9" });
        return
            from ports in Gen.ListOf(port)
            from exchange in Gen.Elements(true, false)
            select ports.Aggregate(
                exchange ? exchanged : EthernetTable.Default,
                static (table, port) => table.With(port.Name.Length > 0 && table.NumbersOf(port.Name).All(number => number == port.Number)
                    ? port
                    : port with { Name = table[port.Number].Name }));
    }
}
