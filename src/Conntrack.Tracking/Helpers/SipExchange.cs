using System.Buffers.Binary;
using Conntrack.Memory;
using Conntrack.Packets;
using Conntrack.Packets.Headers;
using Conntrack.Tracking.Table;
using Conntrack.Tracking.Translation;

namespace Conntrack.Tracking.Helpers;

/// <summary>
/// What the messages of one packet mean: the expectations that follow from them, and what is to stand in their places. The sender's own endpoint is known
/// by another one behind the router if it is translated, and so is its peer's.
/// </summary>
/// <remarks><code>
/// the sender:  own ── asked        the receiver:  seen ── peer
/// </code></remarks>
readonly unsafe ref struct SipExchange<TRecord>
    where TRecord : unmanaged, IConnectionRecord<TRecord>
{
    const uint MediaTimeout = 180 * Timestamp.TicksPerSecond, RegistrationTimeout = 180 * Timestamp.TicksPerSecond;

    /// <summary>Pairs of ports that are tried.</summary>
    const int MostTries = 32;

    /// <summary>Below nobody's media are.</summary>
    const ushort FirstMediaPort = 1024;

    readonly ConnectionTable<TRecord> _table;
    readonly Packet* _packet;
    readonly SipDialog* _dialog;
    readonly HelperWork _work;
    readonly Connection* _connection;
    readonly bool _isTranslated;
    readonly UInt128 _own, _seen, _asked, _peer;
    readonly ushort _ownPort, _seenPort, _askedPort, _peerPort;

    public SipExchange(ConnectionTable<TRecord> table, Packet* packet, SipDialog* dialog, in HelperWork work)
    {
        _table = table;
        _packet = packet;
        _dialog = dialog;
        _work = work;
        TRecord* record = table.At(packet->Record);
        int direction = packet->Direction;
        _connection = TRecord.ConnectionOf(record);
        _isTranslated = Translator.IsTranslated(_connection);
        (_own, _asked) = (TRecord.SrcOf(record, direction), TRecord.DstOf(record, direction));
        (_seen, _peer) = (TRecord.DstOf(record, 1 - direction), TRecord.SrcOf(record, 1 - direction));
        (_ownPort, _askedPort) = (Host(TRecord.PortsOf(record, direction)->SrcPort), Host(TRecord.PortsOf(record, direction)->DstPort));
        (_seenPort, _peerPort) = (Host(TRecord.PortsOf(record, 1 - direction)->DstPort), Host(TRecord.PortsOf(record, 1 - direction)->SrcPort));
    }

    /// <summary>Follows a message; its places are told what is to stand there.</summary>
    public void Follow(in SipMessage message, Span<SipPlace> places)
    {
        if (message.IsResponse)
        {
            FollowResponse(message, places);
        }
        else
        {
            FollowRequest(message, places);
        }

        if (_isTranslated)
        {
            MapHead(message, places);
        }
    }

    /// <summary>
    /// An answer to a telephone that asks from one port and listens at another, as its Via says, goes there. True when the packet goes elsewhere now.
    /// </summary>
    public bool RedirectAnswer()
    {
        if (_packet->Direction == 0 || _packet->Protocol != IpProtocol.Udp || _dialog->AnswerPort == 0 || !_isTranslated)
        {
            return false;
        }

        ((UdpHeader*)_packet->Transport)->DestinationPort = Host(_dialog->AnswerPort);
        return true;
    }

    void FollowRequest(in SipMessage message, Span<SipPlace> places)
    {
        int via = IndexOf(places, SipField.Via);
        if (_packet->Protocol == IpProtocol.Udp && _packet->Direction == 0 && via >= 0 && places[via].Address == _own && places[via].Port != _ownPort)
        {
            _dialog->AnswerPort = places[via].Port;
        }

        switch (message.Method)
        {
            case SipMethod.Invite:
                SipDialog.ForgetMedia(_dialog, _work.Expectations, _connection);
                ExpectMedia(places);
                _dialog->InviteSequence = message.Sequence;
                break;
            case SipMethod.Update or SipMethod.Ack or SipMethod.Prack:
                ExpectMedia(places);
                break;
            case SipMethod.Bye:
                SipDialog.ForgetMedia(_dialog, _work.Expectations, _connection);
                break;
            case SipMethod.Register:
                Register(message, places);
                break;
        }
    }

    void FollowResponse(in SipMessage message, Span<SipPlace> places)
    {
        switch (message.Method)
        {
            case SipMethod.Invite or SipMethod.Update or SipMethod.Prack when message.Code < 300:
                ExpectMedia(places);
                break;
            case SipMethod.Invite or SipMethod.Update or SipMethod.Prack when message.Sequence == _dialog->InviteSequence:
                SipDialog.ForgetMedia(_dialog, _work.Expectations, _connection);
                break;
            case SipMethod.Register when message.Code >= 200 && message.Sequence == _dialog->RegisterSequence:
                Registered(message, places);
                break;
        }
    }

    /// <summary>The streams that a description announces, each with the control of it one port above.</summary>
    void ExpectMedia(Span<SipPlace> places)
    {
        int session = IndexOf(places, SipField.SdpConnection);
        int owner = IndexOf(places, SipField.SdpOwner);
        UInt128 last = 0;
        for (int n = 0; n < places.Length; n++)
        {
            ref SipPlace medium = ref places[n];
            if (medium.Field != SipField.SdpPort)
            {
                continue;
            }

            int own = n + 1 < places.Length && places[n + 1].Field == SipField.SdpMediaConnection ? n + 1 : -1;
            int connection = own >= 0 ? own : session;
            if (connection < 0 || medium.Port < FirstMediaPort)
            {
                _work.Counters->Malformed++;
                continue;
            }

            UInt128 address = places[connection].Address;
            if (!ExpectMedium(ref medium, ref address))
            {
                continue;
            }

            last = address;
            if (own >= 0)
            {
                Say(ref places[own], address);
            }
        }

        if (last != 0 && _isTranslated)
        {
            SayIfAny(places, session, last);
            SayIfAny(places, owner, last);
        }
    }

    /// <summary>
    /// Expects one stream and its control. The address becomes the one they are expected at; false where nothing is to be expected, and nothing
    /// is to be said.
    /// </summary>
    bool ExpectMedium(ref SipPlace medium, ref UInt128 address)
    {
        bool direct = _work.Parameters->Helpers.IsSipMediaDirect != 0;
        if (direct && address != _own)
        {
            // Media that are somebody else's go past this router, or are not this end's to announce.
            return true;
        }

        Expectation expected = Announcing.Like(_table, _packet, 1 - _packet->Direction, MediaTimeout);
        expected.Helper = HelperKind.Sip;
        expected.Protocol = IpProtocol.Udp;
        expected.LeavesDst = address;
        expected.Dst = _own == _seen ? address : _seen;
        expected.Marks &= direct ? expected.Marks : ~ExpectationMarks.HasSource;
        bool mayMove = _isTranslated && expected.Dst != expected.LeavesDst;
        ushort first = (ushort)(medium.Port & ~1);
        for (int tries = 0; tries < MostTries && first + (2 * tries) < ushort.MaxValue; tries++)
        {
            ushort port = (ushort)(first + (2 * tries));
            ExpectOutcome outcome = ExpectPair(expected, medium.Medium, first, port);
            if (outcome == ExpectOutcome.Entered)
            {
                _work.Counters->Expected += 2;
                address = expected.Dst;
                if (port != first)
                {
                    medium.Text = SipText.Number;
                    medium.Number = port;
                }

                return true;
            }

            if (!mayMove)
            {
                // Announced by another connection too, it is expected already.
                return outcome == ExpectOutcome.Clash || Refuse();
            }
        }

        return Refuse();
    }

    bool Refuse()
    {
        _work.Counters->Refused++;
        return false;
    }

    ExpectOutcome ExpectPair(Expectation expected, byte medium, ushort asked, ushort port)
    {
        ExpectOutcome outcome = ExpectOutcome.Entered;
        for (int part = 0; part < 2 && outcome == ExpectOutcome.Entered; part++)
        {
            ushort* own = SipDialog.MediumOf(_dialog, _packet->Direction, medium, isControl: part == 1);
            ushort* other = SipDialog.MediumOf(_dialog, 1 - _packet->Direction, medium, isControl: part == 1);
            expected.DstPort = Host((ushort)(port + part));
            expected.LeavesDstPort = Host((ushort)(asked + part));
            expected.Pair = *other;
            outcome = ExpectationTable.Enter(_work.Expectations, expected, _packet->Time, out ushort number);
            if (outcome != ExpectOutcome.Entered)
            {
                SipDialog.Forget(_work.Expectations, _connection, SipDialog.MediumOf(_dialog, _packet->Direction, medium, isControl: false));
                break;
            }

            if (*own != number)
            {
                SipDialog.Forget(_work.Expectations, _connection, own);
                *own = number;
            }

            if (*other != 0)
            {
                ExpectationTable.Join(_work.Expectations, *other, _connection, number);
            }
        }

        return outcome;
    }

    /// <summary>
    /// A telephone says where it is to be called: once its registrar has agreed, calls from there are expected. What was itself expected registers nothing.
    /// </summary>
    void Register(in SipMessage message, Span<SipPlace> places)
    {
        int index = IndexOf(places, SipField.Contact);
        if ((_connection->Flags & ConnectionFlags.Expected) != 0 || index < 0)
        {
            return;
        }

        ref SipPlace contact = ref places[index];
        if (contact.Address != _own || (contact.Protocol != 0 && contact.Protocol != _packet->Protocol))
        {
            return;
        }

        uint expires = contact.Number == SipPlace.NoExpiry ? message.Expires : contact.Number;
        if (expires != 0 && !ExpectCalls(ref contact))
        {
            _work.Counters->Refused++;
            return;
        }

        _dialog->RegisterSequence = message.Sequence;
    }

    bool ExpectCalls(ref SipPlace contact)
    {
        Expectation expected = Announcing.Like(_table, _packet, 1 - _packet->Direction, RegistrationTimeout);
        expected.Helper = HelperKind.Sip;
        expected.Protocol = _packet->Protocol;
        expected.Marks |= ExpectationMarks.Stays | ExpectationMarks.Sleeps | ExpectationMarks.IsRead;
        expected.LeavesDstPort = Host(contact.Port);
        ushort own = _dialog->AnswerPort != 0 ? _dialog->AnswerPort : _ownPort;
        ushort first = contact.Port == own ? _seenPort : contact.Port;
        for (int tries = 0; tries < MostTries && first + tries <= ushort.MaxValue; tries++)
        {
            expected.DstPort = Host((ushort)(first + tries));
            ExpectOutcome outcome = ExpectationTable.Enter(_work.Expectations, expected, _packet->Time, out ushort number);
            if (outcome == ExpectOutcome.Entered)
            {
                if (_dialog->Registration != number)
                {
                    SipDialog.Forget(_work.Expectations, _connection, &_dialog->Registration);
                    _dialog->Registration = number;
                }

                _work.Counters->Expected++;
                if (_isTranslated)
                {
                    Say(ref contact, expected.Dst, (ushort)(first + tries));
                }

                return true;
            }

            if (!_isTranslated)
            {
                break;
            }
        }

        return false;
    }

    void Registered(in SipMessage message, Span<SipPlace> places)
    {
        bool agreed = message.Code < 300;
        for (int n = 0; n < places.Length && agreed; n++)
        {
            ref readonly SipPlace contact = ref places[n];
            if (contact.Field != SipField.Contact || contact.Address != _asked || (contact.Protocol != 0 && contact.Protocol != _packet->Protocol))
            {
                continue;
            }

            uint expires = contact.Number == SipPlace.NoExpiry ? message.Expires : contact.Number;
            if (expires == 0)
            {
                break;
            }

            uint deadline = Timestamp.Tick(_packet->Time) + (uint)Math.Min((ulong)expires * Timestamp.TicksPerSecond, Timestamp.MaxTicks);
            if (_dialog->Registration != 0
                && ExpectationTable.Prolong(_work.Expectations, _dialog->Registration, _connection, contact.Address, Host(contact.Port), deadline))
            {
                return;
            }
        }

        SipDialog.Forget(_work.Expectations, _connection, &_dialog->Registration);
    }

    /// <summary>The addresses of a head, those alone that are this connection's.</summary>
    void MapHead(in SipMessage message, Span<SipPlace> places)
    {
        bool viaIsOurs = false;
        foreach (ref SipPlace place in places)
        {
            switch (place.Field)
            {
                case SipField.RequestUri or SipField.Contact or SipField.From or SipField.To when place.Text == SipText.AsItIs:
                    Map(ref place);
                    break;
                case SipField.Via:
                    viaIsOurs = message.IsResponse
                        ? place.Address == _asked && place.Port == _askedPort
                        : place.Address == _own && place.Port == _ownPort;
                    if (viaIsOurs)
                    {
                        Map(ref place);
                    }

                    break;
                case SipField.ViaMaddr when viaIsOurs && place.Address == _own && _own != _seen:
                    place.Address = _seen;
                    place.Text = SipText.Host;
                    break;
                case SipField.ViaReceived when viaIsOurs && place.Address == _asked && _asked != _peer:
                    place.Address = _peer;
                    place.Text = SipText.Address;
                    break;
                case SipField.ViaPort when viaIsOurs && place.Number == _askedPort && _askedPort != _peerPort:
                    place.Number = _peerPort;
                    place.Text = SipText.Number;
                    break;
            }
        }
    }

    void Map(ref SipPlace place)
    {
        if (place.Address == _own && place.Port == _ownPort)
        {
            Say(ref place, _seen, _seenPort);
        }
        else if (place.Address == _asked && place.Port == _askedPort)
        {
            Say(ref place, _peer, _dialog->AnswerPort != 0 ? _dialog->AnswerPort : _peerPort);
        }
    }

    static void Say(ref SipPlace place, UInt128 address, ushort port)
    {
        if (place.Address != address || place.Port != port)
        {
            (place.Address, place.Port, place.Text) = (address, port, SipText.Endpoint);
        }
    }

    static void Say(ref SipPlace place, UInt128 address)
    {
        if (place.Address != address)
        {
            (place.Address, place.Text) = (address, SipText.Address);
        }
    }

    static void SayIfAny(Span<SipPlace> places, int index, UInt128 address)
    {
        if (index >= 0)
        {
            Say(ref places[index], address);
        }
    }

    static int IndexOf(ReadOnlySpan<SipPlace> places, SipField field)
    {
        for (int n = 0; n < places.Length; n++)
        {
            if (places[n].Field == field)
            {
                return n;
            }
        }

        return -1;
    }

    /// <summary>From network order and back.</summary>
    static ushort Host(ushort port) => BinaryPrimitives.ReverseEndianness(port);
}
