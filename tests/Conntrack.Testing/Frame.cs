using System.Net;

namespace Conntrack.Testing;

/// <summary>
/// An Ethernet frame written from the outside in, with right lengths and checksums:
/// <c>new Frame().Vlan(7).Ipv4("192.0.2.1", "198.51.100.2").Udp(1024, 53).Data(20).ToBytes()</c>.
/// Every number a test wants to be wrong can be given.
/// </summary>
public sealed partial class Frame
{
    readonly List<Layer> _layers = [];
    readonly List<byte> _link = [];
    byte[] _data = [];
    int _padding;
    int? _etherType;

    /// <summary>A frame from 02:00:00:00:00:aa to 02:00:00:00:00:01.</summary>
    public Frame()
        : this([0x02, 0, 0, 0, 0, 0x01], [0x02, 0, 0, 0, 0, 0xaa])
    {
    }

    public Frame(byte[] destination, byte[] source)
    {
        _link.AddRange(destination);
        _link.AddRange(source);
    }

    /// <summary>A tag; further ones go inside.</summary>
    public Frame Vlan(int id, int tagType = 0x8100, int priority = 0)
    {
        _link.AddRange(Bytes.Big16(tagType));
        _link.AddRange(Bytes.Big16((priority << 13) | id));
        return this;
    }

    /// <summary>The EtherType, where the first layer does not say it or a test wants another.</summary>
    public Frame Type(int etherType)
    {
        _etherType = etherType;
        return this;
    }

    /// <summary>An ARP request for IPv4.</summary>
    public Frame Arp(string sender, string target) => Type(0x0806).Data(
    [
        0, 1, 8, 0, 6, 4, 0, 1,
        .. _link[6..12], .. IPAddress.Parse(sender).GetAddressBytes(),
        0, 0, 0, 0, 0, 0, .. IPAddress.Parse(target).GetAddressBytes(),
    ]);

    /// <summary>What the last layer carries.</summary>
    public Frame Data(params byte[] data)
    {
        _data = data;
        return this;
    }

    /// <summary>As many bytes of a pattern that repeats with no power of two.</summary>
    public Frame Data(int length) => Data([.. Enumerable.Range(0, length).Select(i => (byte)((i * 7) + (i / 251)))]);

    /// <summary>Link padding after the packet.</summary>
    public Frame Padding(int length)
    {
        _padding = length;
        return this;
    }

    /// <summary>The frame, without frame check sequence.</summary>
    public byte[] ToBytes()
    {
        int etherType = _etherType ?? (_layers.Count != 0 && _layers[0].Protocol == 41 ? 0x86dd : 0x0800);
        return [.. _link, .. Bytes.Big16(etherType), .. ToPacket(), .. Enumerable.Repeat((byte)0xee, _padding)];
    }

    /// <summary>What the frame carries, as an ICMP error would quote it.</summary>
    public byte[] ToPacket()
    {
        byte[] bytes = _data;
        byte inner = 59;
        for (int i = _layers.Count - 1; i >= 0; i--)
        {
            Network? network = _layers[..i].FindLast(layer => layer.Network != null)?.Network;
            bytes = _layers[i].Wrap(bytes, inner, network);
            inner = _layers[i].Protocol;
        }

        return bytes;
    }

    Frame Add(Layer layer)
    {
        _layers.Add(layer);
        return this;
    }
}
