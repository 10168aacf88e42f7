using System.Net.NetworkInformation;
using System.Runtime.InteropServices;
using System.Text;

namespace Conntrack.Native;

/// <summary>What a port is and can do (struct ctd_port_info, 136 bytes).</summary>
[StructLayout(LayoutKind.Sequential)]
public unsafe struct PortInfo
{
    const int DeviceBytes = 64;
    const int DriverBytes = 32;
    const int MacBytes = 6;

    fixed byte _device[DeviceBytes];
    fixed byte _driver[DriverBytes];

    /// <summary>RTE_ETH_RSS_* bits the device can hash.</summary>
    public ulong RssTypes;
    public PortFeatures Features;

    /// <summary>Mbit/s; <see cref="uint.MaxValue"/> when unknown.</summary>
    public uint LinkSpeed;

    /// <summary>NUMA node, -1 when unknown.</summary>
    public int Socket;
    public ushort MaxRxQueues;
    public ushort MaxTxQueues;

    /// <summary>Bytes of IP packet, as the two that follow.</summary>
    public ushort MinMtu;
    public ushort MaxMtu;
    public ushort Mtu;
    fixed byte _mac[MacBytes];
    readonly byte _linkUp;
    readonly byte _fullDuplex;

    /// <summary>Bytes; 0 when the device does no RSS.</summary>
    public byte RssKeySize;
    readonly byte _reserved;

    /// <summary>As attached, up to the first comma: net_tap0, 0000:03:00.0.</summary>
    public readonly string Device
    {
        get
        {
            fixed (byte* text = _device)
                return Text(text, DeviceBytes);
        }
    }

    public readonly string Driver
    {
        get
        {
            fixed (byte* text = _driver)
                return Text(text, DriverBytes);
        }
    }

    public readonly PhysicalAddress Mac
    {
        get
        {
            fixed (byte* address = _mac)
                return new PhysicalAddress(new ReadOnlySpan<byte>(address, MacBytes).ToArray());
        }
    }

    public readonly bool LinkUp => _linkUp != 0;

    public readonly bool FullDuplex => _fullDuplex != 0;

    static string Text(byte* text, int bytes)
    {
        var span = new ReadOnlySpan<byte>(text, bytes);
        int end = span.IndexOf((byte)0);
        return Encoding.UTF8.GetString(end < 0 ? span : span[..end]);
    }
}
