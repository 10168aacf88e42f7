using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Conntrack.Tracking.FastTrack.Offload;

/// <summary>
/// Between one worker and the control side, which alone talks to hardware: a ring of offers there, a ring of notices back. Whatever is known
/// of a connection its worker writes; the control side only tells it.
/// </summary>
/// <remarks>
/// Counts only grow and wrap with 32 bits. The producer fills a line, then counts; stores are released in that order and loads acquired, and
/// each count has a cache line of its own. An offer that finds no room is dropped, a better one follows; so is word of an end, for the control
/// side looks at every offloaded connection itself before long.
/// <code>
///    0 offers written (4)   4 offers without room (4)    64 offers read (4)   128 notices written (4)   192 notices read (4)
///  256 packets before an offer (4)                       what has no size here is spare
///  320 offers (64 × 128)   8512 notices (256 × 32)
/// 16704
/// </code></remarks>
[StructLayout(LayoutKind.Explicit, Size = ByteSize)]
public unsafe struct OffloadExchange
{
    /// <summary>Offers that may wait.</summary>
    public const uint Offers = 64;

    /// <summary>Notices that may wait.</summary>
    public const uint Notices = 256;

    /// <summary>Bytes of this struct.</summary>
    public const int ByteSize = NoticesOffset + ((int)Notices * OffloadNotice.ByteSize);

    const int OffersOffset = 320, NoticesOffset = OffersOffset + ((int)Offers * OffloadOffer.ByteSize);

    [FieldOffset(0)] uint _offersWritten;
    [FieldOffset(4)] uint _offersLost;
    [FieldOffset(64)] uint _offersRead;
    [FieldOffset(128)] uint _noticesWritten;
    [FieldOffset(192)] uint _noticesRead;

    /// <summary>Packets a connection must have had to be offered; 0 while no port could take it over. The control side's.</summary>
    [FieldOffset(256)] public uint PacketsBeforeOffer;

    [FieldOffset(OffersOffset)] fixed byte _offers[(int)Offers * OffloadOffer.ByteSize];
    [FieldOffset(NoticesOffset)] fixed byte _notices[(int)Notices * OffloadNotice.ByteSize];

    /// <summary>Offers that found no room since the start.</summary>
    public uint OffersLost => Volatile.Read(ref _offersLost);

    /// <summary>Notices the control side may write now.</summary>
    public uint Room => Notices - (_noticesWritten - Volatile.Read(ref _noticesRead));

    /// <summary>Worker: a zeroed line to be filled; null when there is no room, which is counted.</summary>
    public static OffloadOffer* BeginOffer(OffloadExchange* exchange)
    {
        uint written = exchange->_offersWritten;
        if (written - Volatile.Read(ref exchange->_offersRead) >= Offers)
        {
            Volatile.Write(ref exchange->_offersLost, exchange->_offersLost + 1);
            return null;
        }

        OffloadOffer* offer = (OffloadOffer*)exchange->_offers + (written & (Offers - 1));
        *offer = default;
        return offer;
    }

    /// <summary>Worker: the line that <see cref="BeginOffer"/> gave is filled.</summary>
    public static void PublishOffer(OffloadExchange* exchange) => Volatile.Write(ref exchange->_offersWritten, exchange->_offersWritten + 1);

    /// <summary>Worker: a connection that hardware forwards packets of must not be any more.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static void TellOver(OffloadExchange* exchange, uint record, ushort generation, bool isIpv6)
    {
        OffloadOffer* offer = exchange == null ? null : BeginOffer(exchange);
        if (offer != null)
        {
            offer->Kind = OfferKind.Over;
            offer->Record = record;
            offer->Generation = generation;
            offer->IsIpv6 = isIpv6 ? (byte)1 : (byte)0;
            PublishOffer(exchange);
        }
    }

    /// <summary>Control side: the oldest offer, copied.</summary>
    public static bool TryTakeOffer(OffloadExchange* exchange, out OffloadOffer offer)
    {
        uint read = exchange->_offersRead;
        if (Volatile.Read(ref exchange->_offersWritten) == read)
        {
            offer = default;
            return false;
        }

        offer = ((OffloadOffer*)exchange->_offers)[read & (Offers - 1)];
        Volatile.Write(ref exchange->_offersRead, read + 1);
        return true;
    }

    /// <summary>Control side: false when the ring is full.</summary>
    public static bool TryTell(OffloadExchange* exchange, in OffloadNotice notice)
    {
        if (exchange->Room == 0)
        {
            return false;
        }

        uint written = exchange->_noticesWritten;
        ((OffloadNotice*)exchange->_notices)[written & (Notices - 1)] = notice;
        Volatile.Write(ref exchange->_noticesWritten, written + 1);
        return true;
    }

    /// <summary>Worker: the oldest notice; null when there is none. It stays until <see cref="ReleaseNotice"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static OffloadNotice* NextNotice(OffloadExchange* exchange)
    {
        uint read = exchange->_noticesRead;
        return Volatile.Read(ref exchange->_noticesWritten) == read ? null : (OffloadNotice*)exchange->_notices + (read & (Notices - 1));
    }

    /// <summary>Worker: the line that <see cref="NextNotice"/> gave may be written again.</summary>
    public static void ReleaseNotice(OffloadExchange* exchange) => Volatile.Write(ref exchange->_noticesRead, exchange->_noticesRead + 1);
}
