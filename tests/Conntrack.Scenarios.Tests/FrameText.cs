using System.Buffers.Binary;
using System.Globalization;
using System.Net;
using Conntrack.Testing;

namespace Conntrack.Scenarios.Tests;

/// <summary>
/// Frames as a line of text, read by code that shares nothing with the product: who to whom, tags, addresses, hops, what is inside, and
/// <c>BAD</c> where a checksum is wrong.
/// </summary>
static class FrameText
{
    /// <summary>What an interface sent, a line each: milliseconds since virtual zero, and the frame.</summary>
    public static string OfCapture(string path) => string.Join(
        '\n', CaptureFile.Read(path).Select(frame => string.Create(CultureInfo.InvariantCulture, $"{(frame.Nanoseconds - Scratch.Epoch) / 1_000_000} {Of(frame.Bytes)}")));

    /// <summary>
    /// One frame: <c>:01 > :02 vlan 7: 10.0.1.9 > 10.0.2.9 ttl 63 udp 1000 > 53 len 30</c>. Of MAC addresses that begin with 02:00:00:00:00 the
    /// last byte stands alone.
    /// </summary>
    public static string Of(byte[] frame)
    {
        int at = 12;
        string tags = "";
        int type = Big16(frame, at);
        for (; type is 0x8100 or 0x88a8; type = Big16(frame, at))
        {
            tags += $" vlan {Big16(frame, at + 2) & 0xfff}";
            at += 4;
        }

        byte[] rest = frame[(at + 2)..];
        string packet = type switch
        {
            0x0800 => Ipv4(rest),
            0x86dd => Ipv6(rest),
            0x0806 => Arp(rest),
            _ => $"type {type:x4}",
        };
        return $"{Mac(frame[6..12])} > {Mac(frame[..6])}{tags}: {packet}";
    }

    static string Mac(byte[] mac) => mac.AsSpan(0, 5).SequenceEqual((ReadOnlySpan<byte>)[2, 0, 0, 0, 0])
        ? $":{mac[5]:x2}"
        : mac.All(part => part == 0xff) ? "all" : string.Join(':', mac.Select(part => part.ToString("x2", CultureInfo.InvariantCulture)));

    static string Arp(byte[] arp)
    {
        string sender = $"{Address(arp[14..18])} is {Mac(arp[8..14])}", target = Address(arp[24..28]);
        return Big16(arp, 6) == 1 ? $"who has {target}, {sender}" : $"{sender}, to {target}";
    }

    static string Ipv4(byte[] packet)
    {
        int header = (packet[0] & 15) * 4, length = Big16(packet, 2), fragment = Big16(packet, 6);
        string bad = PlainChecksum.Internet(packet[..header]) == 0 ? "" : " BAD header";
        string head = $"{Address(packet[12..16])} > {Address(packet[16..20])} ttl {packet[8]}{bad}{((fragment & 0x4000) != 0 ? " df" : "")}";
        byte[] payload = packet[header..length];
        bool whole = (fragment & 0x3fff) == 0;
        string cut = whole ? "" : $" at {(fragment & 0x1fff) * 8}{((fragment & 0x2000) != 0 ? "+" : "")} of {Big16(packet, 4):x4}";
        return head + cut + ((fragment & 0x1fff) == 0 ? Transport(packet[9], payload, packet[12..16], packet[16..20], whole) : $" {payload.Length} bytes");
    }

    static string Ipv6(byte[] packet)
    {
        byte[] payload = packet[40..(40 + Big16(packet, 4))];
        return $"{Address(packet[8..24])} > {Address(packet[24..40])} hops {packet[7]}{Transport(packet[6], payload, packet[8..24], packet[24..40], whole: true)}";
    }

    static string Transport(int protocol, byte[] data, byte[] source, byte[] destination, bool whole)
    {
        string bad = whole && IsBad(protocol, data, source, destination) ? " BAD" : "";
        return protocol switch
        {
            6 => $" tcp {Big16(data, 0)} > {Big16(data, 2)} flags {data[13] & 0x3f:x2} seq {Big32(data, 4)} ack {Big32(data, 8)}",
            17 => $" udp {Big16(data, 0)} > {Big16(data, 2)} len {data.Length - 8}",
            1 => data[0] is 0 or 8
                ? $" echo {(data[0] == 8 ? "request" : "reply")} {Big16(data, 4)} len {data.Length - 8}"
                : $" icmp {data[0]}/{data[1]} {Big32(data, 4):x8} about {Quoted(data[8..])}",
            58 => data[0] switch
            {
                128 or 129 => $" echo {(data[0] == 128 ? "request" : "reply")} {Big16(data, 4)} len {data.Length - 8}",
                135 => $" who has {Address(data[8..24])}",
                136 => $" {Address(data[8..24])} is here",
                < 128 => $" icmpv6 {data[0]}/{data[1]} {Big32(data, 4):x8} about {Quoted(data[8..])}",
                _ => $" icmpv6 {data[0]}",
            },
            _ => $" protocol {protocol} len {data.Length}",
        } + bad;
    }

    /// <summary>What an error quotes: addresses and ports, for the rest may be cut.</summary>
    static string Quoted(byte[] packet) => packet[0] >> 4 == 4
        ? $"{Address(packet[12..16])}:{Big16(packet, 20)} > {Address(packet[16..20])}:{Big16(packet, 22)}"
        : $"{Address(packet[8..24])} {Big16(packet, 40)} > {Address(packet[24..40])} {Big16(packet, 42)}";

    static bool IsBad(int protocol, byte[] data, byte[] source, byte[] destination)
    {
        if (protocol == 1)
        {
            return PlainChecksum.Internet(data) != 0;
        }

        if (protocol is not (6 or 17 or 58) || (protocol == 17 && Big16(data, 6) == 0))
        {
            return false;
        }

        byte[] pseudo = [.. source, .. destination, 0, 0, (byte)(data.Length >> 8), (byte)data.Length, 0, (byte)protocol];
        return PlainChecksum.Internet([.. pseudo, .. data]) != 0;
    }

    static string Address(byte[] bytes) => new IPAddress(bytes).ToString();

    static int Big16(byte[] bytes, int at) => BinaryPrimitives.ReadUInt16BigEndian(bytes.AsSpan(at));

    static uint Big32(byte[] bytes, int at) => BinaryPrimitives.ReadUInt32BigEndian(bytes.AsSpan(at));
}
