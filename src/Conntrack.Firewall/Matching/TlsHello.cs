using Conntrack.Packets;
using Conntrack.Packets.Headers;

namespace Conntrack.Firewall.Matching;

/// <summary>
/// The server name in a TLS client hello (RFC 8446 4.1.2, RFC 6066 3), as far as it lies in one segment, and whether it fits a pattern. Every
/// length in the message is checked against what is there.
/// </summary>
static unsafe class TlsHello
{
    const byte Handshake = 22, ClientHello = 1, HostName = 0;
    const int ServerName = 0;

    public static bool HasHost(Packet* packet, byte* pattern, int length)
    {
        ReadOnlySpan<byte> name = NameOf(packet);
        return !name.IsEmpty && Fits(name, new ReadOnlySpan<byte>(pattern, length));
    }

    /// <summary>Whether a name fits a pattern with stars. Goes back to the last star only, so cost is at most the product of both lengths.</summary>
    public static bool Fits(ReadOnlySpan<byte> name, ReadOnlySpan<byte> pattern)
    {
        int at = 0, inName = 0, star = -1, afterStar = 0;
        while (inName < name.Length)
        {
            if (at < pattern.Length && pattern[at] == (byte)'*')
            {
                star = at++;
                afterStar = inName;
            }
            else if (at < pattern.Length && pattern[at] == Lower(name[inName]))
            {
                at++;
                inName++;
            }
            else if (star >= 0)
            {
                at = star + 1;
                inName = ++afterStar;
            }
            else
            {
                return false;
            }
        }

        while (at < pattern.Length && pattern[at] == (byte)'*')
        {
            at++;
        }

        return at == pattern.Length;
    }

    static byte Lower(byte letter) => letter is >= (byte)'A' and <= (byte)'Z' ? (byte)(letter | 0x20) : letter;

    static ReadOnlySpan<byte> NameOf(Packet* packet)
    {
        if (!Conditions.HasTcp(packet))
        {
            return [];
        }

        uint header = ((TcpHeader*)packet->Transport)->HeaderLength;
        uint before = (uint)(packet->Transport - packet->Ip) + header;
        uint reachable = Conditions.Reachable(packet);
        if (reachable <= before || header > packet->TransportLength)
        {
            return [];
        }

        // Record (5), handshake header (4), version (2), random (32); then what has lengths of its own.
        ReadOnlySpan<byte> rest = new(packet->Ip + before, (int)(reachable - before));
        if (rest.Length < 43 || rest[0] != Handshake || rest[5] != ClientHello)
        {
            return [];
        }

        rest = rest[43..];
        if (!Skip(ref rest, 1) || !Skip(ref rest, 2) || !Skip(ref rest, 1) || !Enter(ref rest))
        {
            return [];
        }

        while (rest.Length >= 4)
        {
            int type = (rest[0] << 8) | rest[1];
            ReadOnlySpan<byte> extension = rest[2..];
            if (type == ServerName)
            {
                return Enter(ref extension) && Enter(ref extension) ? NameIn(extension) : [];
            }

            rest = extension;
            if (!Skip(ref rest, 2))
            {
                return [];
            }
        }

        return [];
    }

    static ReadOnlySpan<byte> NameIn(ReadOnlySpan<byte> list)
    {
        if (list.Length < 3 || list[0] != HostName)
        {
            return [];
        }

        int length = (list[1] << 8) | list[2];
        return length <= list.Length - 3 ? list.Slice(3, length) : [];
    }

    /// <summary>Steps over a field whose length stands in its first bytes.</summary>
    static bool Skip(ref ReadOnlySpan<byte> rest, int lengthBytes)
    {
        if (rest.Length < lengthBytes)
        {
            return false;
        }

        int length = lengthBytes == 1 ? rest[0] : (rest[0] << 8) | rest[1];
        if (rest.Length < lengthBytes + length)
        {
            return false;
        }

        rest = rest[(lengthBytes + length)..];
        return true;
    }

    /// <summary>What a length of two bytes announces, as much of it as is there.</summary>
    static bool Enter(ref ReadOnlySpan<byte> rest)
    {
        if (rest.Length < 2)
        {
            return false;
        }

        int length = (rest[0] << 8) | rest[1];
        rest = rest.Slice(2, Math.Min(length, rest.Length - 2));
        return true;
    }
}
