using System.Net;

namespace Conntrack.Dataplane.Tests.Routing;

/// <summary>ARP frames, byte by byte as RFC 826 has them.</summary>
static class ArpFrame
{
    public static byte[] Request(ulong mac, string sender, string target) => Build(0xffff_ffff_ffff, 1, mac, sender, 0, target);

    public static byte[] Reply(ulong mac, string sender, ulong targetMac, string target) => Build(targetMac, 2, mac, sender, targetMac, target);

    public static byte[] Build(ulong to, int operation, ulong mac, string sender, ulong targetMac, string target) =>
    [
        .. RouterRig.Bytes(to), .. RouterRig.Bytes(mac), 0x08, 0x06, 0, 1, 8, 0, 6, 4, 0, (byte)operation,
        .. RouterRig.Bytes(mac), .. IPAddress.Parse(sender).GetAddressBytes(),
        .. RouterRig.Bytes(targetMac), .. IPAddress.Parse(target).GetAddressBytes(),
    ];
}
