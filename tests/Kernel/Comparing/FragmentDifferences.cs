using Conntrack.Packets;

namespace Conntrack.Kernel.Comparing;

/// <summary>Linux draws a new IPv6 identification and leaves IPv4's "don't fragment" out; of ours every fragment is the one that came.</summary>
sealed class FragmentsAsTheyCame : Difference
{
    public override string Title => "Fragments on their way out";

    public override bool Explains(IReadOnlyList<TestFrame> burst, Disagreement disagreement)
    {
        if (disagreement.Aspect != Aspect.ForwardedBytes)
        {
            return false;
        }

        byte[] kernel = Convert.FromHexString(disagreement.Kernel), ours = Convert.FromHexString(disagreement.Ours);
        return Plain(kernel) && Plain(ours) && kernel.AsSpan().SequenceEqual(ours);
    }

    /// <summary>Makes equal what this is about. False when it is no fragment.</summary>
    static bool Plain(byte[] bytes)
    {
        Span<byte> ip = Fragments.IpOf(bytes);
        if (Fragments.Ipv6HeaderOf(ip, out Span<byte> header))
        {
            header[4..8].Clear();
            return true;
        }

        if (ip.Length < 20 || ip[0] >> 4 != 4 || ((ip[6] & 0x3f) | ip[7]) == 0)
        {
            return false;
        }

        ip[6] &= 0xbf;
        ip[10..12].Clear();
        return true;
    }
}

/// <summary>Linux lets it pass as invalid, for whoever sends error messages about it; ours drops what can never become whole.</summary>
sealed class UnevenIpv6Fragment : Difference
{
    public override string Title => "An IPv6 fragment of an uneven length that is not the last";

    public override bool Explains(IReadOnlyList<TestFrame> burst, Disagreement disagreement) =>
        disagreement is
        {
            Aspect: Aspect.ConnectionState or Aspect.Verdict,
            KernelOutcome: { State: ConnectionStateOfPacket.Invalid, Forwarded.Count: 1 },
            OurOutcome: { State: ConnectionStateOfPacket.None, Forwarded.Count: 0, Note: "bad-fragment" },
        }
        && Fragments.Ipv6HeaderOf(Fragments.IpOf(burst[disagreement.Frame].Bytes), out Span<byte> header)
        && (header[3] & 1) != 0;
}

/// <summary>Linux takes the fragment header out and counts without it; ours leaves a whole packet as it is.</summary>
sealed class AtomicFragment : Difference
{
    ulong _seen;

    public override string Title => "An IPv6 atomic fragment";

    public override bool Explains(IReadOnlyList<TestFrame> burst, Disagreement disagreement)
    {
        if (disagreement.Aspect == Aspect.ForwardedBytes)
        {
            bool atomic = Fragments.Ipv6HeaderOf(Fragments.IpOf(burst[disagreement.Frame].Bytes), out Span<byte> header)
                && (header[2] | header[3]) == 0;
            _seen += atomic ? 1u : 0;
            return atomic;
        }

        return disagreement is { Aspect: Aspect.Counters, KernelEntry: { Key.IsIpv6: true } kernel, OurEntry: { } ours }
            && IsOf(ours.OriginalCounters, kernel.OriginalCounters)
            && IsOf(ours.ReplyCounters, kernel.ReplyCounters);
    }

    /// <summary>As many packets, and up to a fragment header more for each atomic one.</summary>
    bool IsOf(EntryCounters ours, EntryCounters kernel) =>
        ours.Packets == kernel.Packets && (ours.Bytes - kernel.Bytes) % 8 == 0 && ours.Bytes - kernel.Bytes <= 8 * _seen;
}

/// <summary>In Linux it sets the end of its datagram, which then never becomes whole; ours takes no notice of it.</summary>
sealed class EmptyLastFragment : Difference
{
    const int HeadersAlone = 48;

    readonly HashSet<uint> _ended = [];
    readonly HashSet<EntryKey> _apart = [];
    bool _completed;

    public override string Title => "An IPv6 last fragment without data";

    public override IReadOnlySet<EntryKey> Incomparable => _apart;

    public override void See(TestFrame frame)
    {
        Span<byte> ip = Fragments.IpOf(frame.Bytes);
        if (Fragments.Ipv6HeaderOf(ip, out Span<byte> header) && ip.Length == HeadersAlone && (header[3] & 1) == 0)
        {
            _ended.Add(IdOf(header));
        }
    }

    public override bool Explains(IReadOnlyList<TestFrame> burst, Disagreement disagreement)
    {
        if (disagreement is { KernelOutcome: { State: ConnectionStateOfPacket.None, Forwarded.Count: 0 }, OurOutcome.Forwarded.Count: > 0 }
            && Fragments.Ipv6HeaderOf(Fragments.IpOf(burst[disagreement.Frame].Bytes), out Span<byte> header))
        {
            _completed = _ended.Contains(IdOf(header));
            return _completed;
        }

        return disagreement is { Aspect: Aspect.OnlyInOurs, OurEntry: { Key.IsIpv6: true } ours } && _completed && _apart.Add(ours.Key);
    }

    static uint IdOf(Span<byte> header) => System.Buffers.Binary.BinaryPrimitives.ReadUInt32BigEndian(header[4..]);
}

/// <summary>Where fragments say that they are.</summary>
static class Fragments
{
    /// <summary>The IP packet of a frame, or of what is one already.</summary>
    public static Span<byte> IpOf(byte[] bytes) => bytes.Length > 0 && bytes[0] >> 4 is 4 or 6 ? bytes : bytes.AsSpan(Math.Min(14, bytes.Length));

    /// <summary>The fragment header right behind an IPv6 header.</summary>
    public static bool Ipv6HeaderOf(Span<byte> ip, out Span<byte> header)
    {
        bool found = ip.Length >= 48 && ip[0] >> 4 == 6 && ip[6] == 44;
        header = found ? ip[40..48] : default;
        return found;
    }
}
