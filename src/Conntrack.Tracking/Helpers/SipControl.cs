using System.Buffers.Binary;
using Conntrack.Packets;
using Conntrack.Packets.Headers;
using Conntrack.Packets.Rewriting;
using Conntrack.Tracking.Table;

namespace Conntrack.Tracking.Helpers;

/// <summary>
/// Reads SIP in both directions (RFC 3261): which streams two telephones agree on, and at which address a telephone is to be called. Behind a translation
/// every address of the connection's own ends becomes the one under which the other end knows it.
/// </summary>
/// <remarks>
/// As in nf_conntrack_sip a message counts when all of it lies in one packet. It is read once into a list of places; what is to stand there is decided
/// place by place (<see cref="SipExchange{TRecord}"/>), and written from the last one to the first, so that no place moves before its turn.
/// </remarks>
static unsafe class SipControl
{
    /// <summary>Messages of a segment.</summary>
    const int MostMessages = 8;

    const int MostPlaces = 32;

    /// <summary>Reads a packet. True when it is not what it was.</summary>
    public static bool Read<TRecord>(ConnectionTable<TRecord> table, Packet* packet, HelperState* state, in HelperWork work)
        where TRecord : unmanaged, IConnectionRecord<TRecord>
    {
        var dialog = (SipDialog*)table.HeldTextOf(state);
        if (dialog == null || !PayloadRewrite.TryView(packet, out _, out int length))
        {
            work.Counters->LeftAlone++;
            return false;
        }

        bool isStream = packet->Protocol == IpProtocol.Tcp;
        Connection* connection = table.ConnectionAt(packet->Record);
        if (length == 0 || (isStream && (connection->Flags & ConnectionFlags.SeenReply) == 0))
        {
            return false;
        }

        table.Refresh(packet->Record, connection, packet->Time, work.Parameters->Helpers.SipTimeout);
        uint sequence = isStream ? BinaryPrimitives.ReverseEndianness(((TcpHeader*)packet->Transport)->Sequence) : 0;
        var exchange = new SipExchange<TRecord>(table, packet, dialog, work);
        bool changed = false;
        int place = 0, growth = 0;
        for (int messages = 0; place < length + growth; messages++)
        {
            if (messages == MostMessages)
            {
                work.Counters->LeftAlone++;
                break;
            }

            int longer = ReadMessage(table, packet, dialog, work, exchange, ref place, ref changed);
            growth += longer;
        }

        if (isStream)
        {
            HelperState.ShiftOf(state, packet->Direction)->Note(sequence, growth);
        }

        return changed | exchange.RedirectAnswer();
    }

    /// <summary>Reads the message at a place and goes behind it, or to the end where nothing more can be read. Returns how much longer it has become.</summary>
    static int ReadMessage<TRecord>(
        ConnectionTable<TRecord> table, Packet* packet, SipDialog* dialog, in HelperWork work, in SipExchange<TRecord> exchange, ref int place, ref bool changed)
        where TRecord : unmanaged, IConnectionRecord<TRecord>
    {
        bool isStream = packet->Protocol == IpProtocol.Tcp;
        if (!PayloadRewrite.TryView(packet, out byte* data, out int length))
        {
            place = int.MaxValue;
            return 0;
        }

        // Empty lines keep a connection alive and may stand before a message (RFC 3261 7.5, RFC 5626 3.5.1).
        while (place < length && data[place] is (byte)'\r' or (byte)'\n')
        {
            place++;
        }

        var places = new SipPlaces(stackalloc SipPlace[MostPlaces]);
        SipReading reading = SipMessage.Read(
            new ReadOnlySpan<byte>(data + place, length - place), isStream, packet->Family == PacketFamily.Ipv6, ref places, out SipMessage message);
        if (reading != SipReading.Message)
        {
            work.Counters->Malformed += reading == SipReading.Malformed ? 1u : 0;
            work.Counters->LeftAlone += reading is SipReading.Partial or SipReading.TooMuch ? 1u : 0;
            place = int.MaxValue;
            return 0;
        }

        work.Counters->Parsed++;
        exchange.Follow(message, places.All);
        int from = place;
        if (!TryWrite(packet, message, places.All, from, work, out int growth))
        {
            SipDialog.ForgetMedia(dialog, work.Expectations, table.ConnectionAt(packet->Record));
            work.Counters->LeftAlone++;
        }
        else
        {
            changed |= HasChange(places.All);
        }

        place = from + message.Length + growth;
        return growth;
    }

    static bool HasChange(ReadOnlySpan<SipPlace> places)
    {
        foreach (ref readonly SipPlace place in places)
        {
            if (place.Text != SipText.AsItIs)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Writes what is to stand at the places, and how long the body has become. False, and nothing has changed, where there is no room.</summary>
    static bool TryWrite(Packet* packet, in SipMessage message, Span<SipPlace> places, int from, in HelperWork work, out int growth)
    {
        Span<byte> text = stackalloc byte[SipPlace.LongestText];
        bool isIpv6 = packet->Family == PacketFamily.Ipv6;
        int most = 0, inBody = 0;
        growth = 0;
        for (int n = places.Length - 1; n >= 0; n--)
        {
            ref SipPlace place = ref places[n];
            bool isInBody = place.Start >= message.HeadLength;
            if (place.Field == SipField.ContentLength && inBody != 0)
            {
                place.Text = SipText.Number;
                place.Number = (uint)(message.Length - message.HeadLength + inBody);
            }

            if (place.Text != SipText.AsItIs)
            {
                int longer = place.Write(text, isIpv6) - place.Length;
                inBody += isInBody ? longer : 0;
                growth += longer;
                most += Math.Max(longer, 0);
            }
        }

        if (most > 0 && !PayloadRewrite.HasRoom(packet, most, work.MostBytes))
        {
            growth = 0;
            return false;
        }

        for (int n = places.Length - 1; n >= 0; n--)
        {
            ref readonly SipPlace place = ref places[n];
            if (place.Text != SipText.AsItIs)
            {
                int length = place.Write(text, isIpv6);
                _ = PayloadRewrite.TryReplace(packet, from + place.Start, place.Length, text[..length], work.MostBytes);
            }
        }

        return true;
    }
}
