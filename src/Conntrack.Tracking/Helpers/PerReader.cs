using System.Numerics;

namespace Conntrack.Tracking.Helpers;

/// <summary>
/// Reads ASN.1's aligned packed encoding (X.691) as far as H.225.0 and H.245 use it. Whatever is not as it should be ends the reading: from then on every
/// number is 0 and nothing is there, so that who reads need ask only at the end. A budget of bytes and of parts bounds the work.
/// </summary>
public ref struct PerReader
{
    /// <summary>Elements of a list, and parts of a message that are gone through, at most.</summary>
    const int MostElements = 32, MostParts = 512;

    readonly ReadOnlySpan<byte> _data;
    readonly int _end;
    int _bit;
    int _parts;

    /// <summary>Reads a part of data whose places are counted from the data's beginning.</summary>
    /// <param name="data">All of it.</param>
    /// <param name="start">First byte of the part.</param>
    /// <param name="length">Bytes of the part, none beyond the data.</param>
    public PerReader(ReadOnlySpan<byte> data, int start, int length)
    {
        _data = data;
        _bit = start * 8;
        _end = (start + length) * 8;
        HasFailed = start < 0 || length < 0 || start > data.Length - length;
    }

    /// <summary>Something was not as it should be.</summary>
    public bool HasFailed { get; private set; }

    /// <summary>The next whole byte, counted from the data's beginning.</summary>
    public readonly int Place => (_bit + 7) / 8;

    public bool Bit() => Bits(1) != 0;

    /// <summary>A number of at most 32 bits.</summary>
    public uint Bits(int count)
    {
        if (HasFailed || count > _end - _bit || ++_parts > MostParts)
        {
            Fail();
            return 0;
        }

        uint number = 0;
        for (int left = count; left > 0;)
        {
            int offset = _bit & 7, taken = Math.Min(left, 8 - offset);
            uint part = (uint)(_data[_bit >> 3] >> (8 - offset - taken)) & ((1u << taken) - 1);
            number = (number << taken) | part;
            left -= taken;
            _bit += taken;
        }

        return number;
    }

    /// <summary>To the next whole byte.</summary>
    public void Align() => _bit = (_bit + 7) & ~7;

    /// <summary>Passes over bytes, from the next whole one on.</summary>
    public void Skip(int bytes)
    {
        Align();
        if (bytes < 0 || bytes > (_end - _bit) / 8)
        {
            Fail();
            return;
        }

        _bit += bytes * 8;
    }

    /// <summary>A number between two others (X.691 10.5.7).</summary>
    public uint Whole(uint low, uint high)
    {
        uint range = high - low;
        if (range < 255)
        {
            return low + Bits(32 - BitOperations.LeadingZeroCount(range));
        }

        if (range <= ushort.MaxValue)
        {
            Align();
            return low + Bits(range == 255 ? 8 : 16);
        }

        int most = (39 - BitOperations.LeadingZeroCount(range)) / 8;
        int bytes = 1 + (int)Bits(32 - BitOperations.LeadingZeroCount((uint)most - 1));
        Align();
        return bytes <= most ? low + Bits(8 * bytes) : Failed();
    }

    /// <summary>A length without bounds; nothing here is longer than 16383.</summary>
    public int Length()
    {
        Align();
        uint first = Bits(8);
        return (first & 0x80) == 0 ? (int)first : (first & 0x40) == 0 ? (int)(((first & 0x3f) << 8) | Bits(8)) : (int)Failed();
    }

    /// <summary>The elements of a list without bounds: more than are read fail.</summary>
    public int Count()
    {
        int count = Length();
        return count <= MostElements ? count : (int)Failed();
    }

    /// <summary>Passes over an OCTET STRING without bounds, or an OBJECT IDENTIFIER.</summary>
    public void SkipOctets() => Skip(Length());

    /// <summary>Passes over an OCTET STRING of bounded size.</summary>
    public void SkipOctets(uint low, uint high, int width = 1) => Skip((int)Whole(low, high) * width);

    /// <summary>
    /// Which alternative of a CHOICE; those beyond the root stand in a part of their own.
    /// </summary>
    /// <param name="roots">Alternatives in the root.</param>
    /// <param name="inner">Of one beyond the root: what reads it. Of others nothing.</param>
    public int Choice(uint roots, out PerReader inner)
    {
        inner = default;
        if (!Bit())
        {
            uint index = Whole(0, roots - 1);
            return index < roots ? (int)index : (int)Failed();
        }

        int beyond = SmallNumber();
        inner = Open();
        return (int)roots + beyond;
    }

    /// <summary>Passes over a CHOICE without alternatives beyond, and without content.</summary>
    public void SkipPlainChoice(uint roots) => _ = Choice(roots, out _);

    /// <summary>A part that says how long it is; this reader goes on behind it.</summary>
    public PerReader Open()
    {
        int length = Length(), start = Place;
        Skip(length);
        return HasFailed ? default : new PerReader(_data, start, length) { _parts = _parts };
    }

    /// <summary>Which of the parts beyond a SEQUENCE's root are there, the first in the highest bit; they follow in that order.</summary>
    public ulong Extensions()
    {
        if (Bit())
        {
            return Failed();
        }

        int count = 1 + (int)Bits(6);
        ulong present = 0;
        for (int n = 0; n < count; n++)
        {
            present |= Bit() ? 1ul << (63 - n) : 0;
        }

        return HasFailed ? 0 : present;
    }

    /// <summary>A number that is small as a rule (X.691 10.6).</summary>
    int SmallNumber() => Bit() ? (int)Failed() : (int)Bits(6);

    void Fail()
    {
        HasFailed = true;
        _bit = _end;
    }

    uint Failed()
    {
        Fail();
        return 0;
    }
}
