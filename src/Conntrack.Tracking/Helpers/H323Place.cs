using System.Buffers.Binary;

namespace Conntrack.Tracking.Helpers;

/// <summary>What a transport address of H.323 is for.</summary>
public enum H323Field : byte
{
    /// <summary>Where H.245 goes on in a connection of its own.</summary>
    Control,

    /// <summary>Where the caller signals from, and the called one to.</summary>
    SourceSignal,
    DestinationSignal,

    /// <summary>RTP and its RTCP.</summary>
    Media,
    MediaControl,

    /// <summary>Data of T.120, over TCP.</summary>
    Data,
}

/// <summary>A transport address in a message: 4 or 16 bytes of address and 2 of port, at whole bytes, so that another fits in its place.</summary>
public struct H323Place
{
    /// <summary>Host order, IPv4 in the low 32 bits.</summary>
    public UInt128 Address;

    /// <summary>Its first byte, in bytes from the data's beginning.</summary>
    public int Start;

    /// <summary>Host order.</summary>
    public ushort Port;

    public H323Field Field;

    public bool IsIpv6;

    /// <summary>Writes another endpoint in its place.</summary>
    public readonly void Write(Span<byte> data, UInt128 address, ushort port)
    {
        Span<byte> place = data[Start..];
        if (IsIpv6)
        {
            BinaryPrimitives.WriteUInt128BigEndian(place, address);
            BinaryPrimitives.WriteUInt16BigEndian(place[16..], port);
        }
        else
        {
            BinaryPrimitives.WriteUInt32BigEndian(place, (uint)address);
            BinaryPrimitives.WriteUInt16BigEndian(place[4..], port);
        }
    }
}

/// <summary>The addresses of a message in the order they stand there, in room that somebody else gives; what has no room is passed over.</summary>
/// <param name="room">The room.</param>
public ref struct H323Places(Span<H323Place> room)
{
    readonly Span<H323Place> _room = room;

    /// <summary>Addresses there are.</summary>
    public int Count { get; private set; }

    public readonly ReadOnlySpan<H323Place> All => _room[..Count];

    /// <summary>Takes the address that a reader is in front of.</summary>
    public void Take(ReadOnlySpan<byte> data, ref PerReader reader, H323Field field, bool isIpv6)
    {
        reader.Align();
        int start = reader.Place, bytes = isIpv6 ? 16 : 4;
        reader.Skip(bytes);
        uint port = reader.Whole(0, ushort.MaxValue);
        if (reader.HasFailed || Count == _room.Length)
        {
            return;
        }

        _room[Count++] = new H323Place
        {
            Address = isIpv6 ? BinaryPrimitives.ReadUInt128BigEndian(data[start..]) : BinaryPrimitives.ReadUInt32BigEndian(data[start..]),
            Start = start,
            Port = (ushort)port,
            Field = field,
            IsIpv6 = isIpv6,
        };
    }
}
