using System.Buffers.Binary;

namespace Conntrack.Kernel.Linux;

/// <summary>A request to nf_tables' family of subsystems being written: header, nfgenmsg, attributes.</summary>
/// <remarks><code>
///  0 length (4)   4 type: subsystem × 256 + message (2)   6 flags (2)   8 sequence (4)   12 port (4)
/// 16 family (1)  17 version (1)  18 resource id, network order (2)   20 attributes: length (2) type (2) value, each padded to 4
/// </code></remarks>
sealed class NetlinkMessage
{
    public const ushort Request = 1;
    public const ushort Acknowledge = 4;
    public const ushort Dump = 0x300;
    public const ushort Create = 0x400;

    readonly List<byte> _bytes = [];

    public NetlinkMessage(int subsystem, int message, ushort flags, byte family = 0, ushort resource = 0)
    {
        byte[] header = new byte[20];
        BinaryPrimitives.WriteUInt16LittleEndian(header.AsSpan(4), (ushort)((subsystem << 8) | message));
        BinaryPrimitives.WriteUInt16LittleEndian(header.AsSpan(6), (ushort)(Request | flags));
        header[16] = family;
        BinaryPrimitives.WriteUInt16BigEndian(header.AsSpan(18), resource);
        _bytes.AddRange(header);
    }

    public NetlinkMessage Add(int type, params ReadOnlySpan<byte> value)
    {
        Span<byte> header = stackalloc byte[4];
        BinaryPrimitives.WriteUInt16LittleEndian(header, (ushort)(value.Length + 4));
        BinaryPrimitives.WriteUInt16LittleEndian(header[2..], (ushort)type);
        _bytes.AddRange(header);
        _bytes.AddRange(value);
        while (_bytes.Count % 4 != 0)
        {
            _bytes.Add(0);
        }

        return this;
    }

    public NetlinkMessage Add32(int type, uint value)
    {
        Span<byte> bytes = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, value);
        return Add(type, bytes);
    }

    public byte[] ToBytes(uint sequence)
    {
        byte[] bytes = [.. _bytes];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, bytes.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(8), sequence);
        return bytes;
    }
}

/// <summary>Attributes being read: type and value of each, in order.</summary>
ref struct NetlinkAttributes(ReadOnlySpan<byte> bytes)
{
    const int NestedAndOrderBits = 0xc000;

    ReadOnlySpan<byte> _rest = bytes;

    public int Type { get; private set; }

    public ReadOnlySpan<byte> Value { get; private set; }

    public bool Next()
    {
        if (_rest.Length < 4)
        {
            return false;
        }

        int length = BinaryPrimitives.ReadUInt16LittleEndian(_rest);
        Type = BinaryPrimitives.ReadUInt16LittleEndian(_rest[2..]) & ~NestedAndOrderBits;
        Value = _rest[4..length];
        _rest = _rest[Math.Min((length + 3) & ~3, _rest.Length)..];
        return true;
    }

    /// <summary>The value of the first attribute of a type; empty when there is none.</summary>
    public static ReadOnlySpan<byte> Find(ReadOnlySpan<byte> attributes, int type)
    {
        var reader = new NetlinkAttributes(attributes);
        while (reader.Next())
        {
            if (reader.Type == type)
            {
                return reader.Value;
            }
        }

        return [];
    }
}
