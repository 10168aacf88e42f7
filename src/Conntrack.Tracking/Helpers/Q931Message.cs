using System.Buffers.Binary;

namespace Conntrack.Tracking.Helpers;

/// <summary>A message of Q.931 (H.225.0 7.2): information elements, of which the user-user one carries H.225.0.</summary>
public static class Q931Message
{
    const byte Discriminator = 0x08, UserUser = 0x7e, PackedEncoding = 0x05, SingleByte = 0x80;

    /// <summary>Elements that are gone through.</summary>
    const int MostElements = 64;

    /// <summary>Reads the addresses of a message. False for one that is malformed; one without H.225.0 has none.</summary>
    /// <param name="data">All the data that places are counted in.</param>
    /// <param name="start">First byte of the message.</param>
    /// <param name="length">Its bytes.</param>
    /// <param name="places">The addresses.</param>
    public static bool TryRead(ReadOnlySpan<byte> data, int start, int length, ref H323Places places)
    {
        const int Reference = 1, Kind = 2;
        int end = start + length;
        if (length < 3 || data[start] != Discriminator)
        {
            return false;
        }

        // Behind the call reference, whose length it says itself, and the message's kind.
        int place = start + Kind + (data[start + Reference] & 0x0f) + 1;
        for (int elements = 0; place < end && elements < MostElements; elements++)
        {
            byte element = data[place++];
            if ((element & SingleByte) != 0)
            {
                continue;
            }

            int lengthBytes = element == UserUser ? 2 : 1;
            if (place + lengthBytes > end)
            {
                return false;
            }

            int bytes = element == UserUser ? BinaryPrimitives.ReadUInt16BigEndian(data[place..]) : data[place];
            place += lengthBytes;
            if (bytes > end - place)
            {
                return false;
            }

            if (element == UserUser)
            {
                return bytes > 1 && data[place] == PackedEncoding && H225Message.TryRead(data, place + 1, bytes - 1, ref places);
            }

            place += bytes;
        }

        return place <= end;
    }
}
