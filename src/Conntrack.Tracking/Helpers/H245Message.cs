namespace Conntrack.Tracking.Helpers;

/// <summary>
/// H.245's logical channels: where the one who opens a channel, or agrees to it, hears media. Every type on the way there is gone through in the order of
/// the standard's syntax; what is not asked for ends the reading.
/// </summary>
public static class H245Message
{
    const int Request = 0, Response = 1, OpenChannel = 3, OpenChannelAck = 5;

    /// <summary>Reads a MultimediaSystemControlMessage; its addresses are added to those there are. False for one that is malformed.</summary>
    /// <param name="data">All the data that places are counted in.</param>
    /// <param name="start">First byte of the message.</param>
    /// <param name="length">Its bytes.</param>
    /// <param name="places">The addresses.</param>
    public static bool TryRead(ReadOnlySpan<byte> data, int start, int length, ref H323Places places)
    {
        var reader = new PerReader(data, start, length);
        switch (reader.Choice(4, out _))
        {
            case Request when !reader.HasFailed && reader.Choice(11, out _) == OpenChannel && !reader.HasFailed:
                ReadOpen(data, ref reader, ref places);
                break;
            case Response when !reader.HasFailed && reader.Choice(19, out _) == OpenChannelAck && !reader.HasFailed:
                ReadAck(data, ref reader, ref places);
                break;
        }

        return !reader.HasFailed;
    }

    /// <summary>OpenLogicalChannel, also one of a fastStart.</summary>
    public static void ReadOpen(ReadOnlySpan<byte> data, ref PerReader reader, ref H323Places places)
    {
        bool isExtended = reader.Bit(), hasReverse = reader.Bit();
        reader.Whole(1, ushort.MaxValue);
        bool forwardIsExtended = reader.Bit();
        if (reader.Bit())
        {
            reader.Whole(0, ushort.MaxValue);
        }

        bool isConference = SkipDataType(ref reader);
        ReadMultiplex(data, ref reader, roots: 3, parameters: 3, ref places);
        SkipExtensions(ref reader, forwardIsExtended);
        if (hasReverse)
        {
            bool reverseIsExtended = reader.Bit(), hasMultiplex = reader.Bit();
            _ = SkipDataType(ref reader);
            if (hasMultiplex)
            {
                ReadMultiplex(data, ref reader, roots: 2, parameters: 2, ref places);
            }

            SkipExtensions(ref reader, reverseIsExtended);
        }

        if (isExtended && isConference && (reader.Extensions() & (1ul << 63)) != 0)
        {
            PerReader stack = reader.Open();
            ReadNetworkAccess(data, ref stack, ref places);
        }
    }

    static void ReadAck(ReadOnlySpan<byte> data, ref PerReader reader, ref H323Places places)
    {
        bool isExtended = reader.Bit(), hasReverse = reader.Bit();
        reader.Whole(1, ushort.MaxValue);
        if (hasReverse)
        {
            bool reverseIsExtended = reader.Bit(), hasPort = reader.Bit(), hasMultiplex = reader.Bit();
            reader.Whole(1, ushort.MaxValue);
            if (hasPort)
            {
                reader.Whole(0, ushort.MaxValue);
            }

            if (hasMultiplex)
            {
                ReadMultiplex(data, ref reader, roots: 1, parameters: 1, ref places);
            }

            SkipExtensions(ref reader, reverseIsExtended);
        }

        if (!isExtended)
        {
            return;
        }

        ulong present = reader.Extensions();
        if ((present & (1ul << 63)) != 0)
        {
            PerReader stack = reader.Open();
            ReadNetworkAccess(data, ref stack, ref places);
        }

        if ((present & (1ul << 62)) != 0)
        {
            // forwardMultiplexAckParameters has one alternative in its root: no bits say which.
            PerReader forward = reader.Open();
            if (!forward.Bit())
            {
                ReadChannelAck(data, ref forward, ref places);
            }
        }
    }

    /// <summary>The parameters of a channel: those of H.225.0 lie beyond the root, and others carry no address.</summary>
    static void ReadMultiplex(ReadOnlySpan<byte> data, ref PerReader reader, uint roots, int parameters, ref H323Places places)
    {
        int index = reader.Choice(roots, out PerReader inner);
        if (index == parameters && !reader.HasFailed)
        {
            ReadChannel(data, ref inner, ref places);
        }
        else if (index < roots)
        {
            // H.222, H.223 and V.76 are no protocols of an IP network.
            reader.Skip(int.MaxValue);
        }
    }

    /// <summary>H2250LogicalChannelParameters, as far as mediaControlChannel.</summary>
    static void ReadChannel(ReadOnlySpan<byte> data, ref PerReader reader, ref H323Places places)
    {
        reader.Bit();
        uint present = reader.Bits(10);
        if ((present & 0x200) != 0)
        {
            SkipNonStandardList(ref reader);
        }

        reader.Whole(0, 255);
        if ((present & 0x100) != 0)
        {
            reader.Whole(1, 255);
        }

        if ((present & 0x80) != 0)
        {
            ReadAddress(data, ref reader, H323Field.Media, ref places);
        }

        if ((present & 0x40) != 0)
        {
            reader.Bit();
        }

        if ((present & 0x20) != 0)
        {
            ReadAddress(data, ref reader, H323Field.MediaControl, ref places);
        }
    }

    /// <summary>H2250LogicalChannelAckParameters, as far as mediaControlChannel.</summary>
    static void ReadChannelAck(ReadOnlySpan<byte> data, ref PerReader reader, ref H323Places places)
    {
        reader.Bit();
        uint present = reader.Bits(5);
        if ((present & 0x10) != 0)
        {
            SkipNonStandardList(ref reader);
        }

        if ((present & 0x08) != 0)
        {
            reader.Whole(1, 255);
        }

        if ((present & 0x04) != 0)
        {
            ReadAddress(data, ref reader, H323Field.Media, ref places);
        }

        if ((present & 0x02) != 0)
        {
            ReadAddress(data, ref reader, H323Field.MediaControl, ref places);
        }
    }

    /// <summary>NetworkAccessParameters: where T.120 is.</summary>
    static void ReadNetworkAccess(ReadOnlySpan<byte> data, ref PerReader reader, ref H323Places places)
    {
        const int LocalArea = 2;
        reader.Bit();
        bool hasDistribution = reader.Bit();
        reader.Bit();
        if (hasDistribution)
        {
            reader.SkipPlainChoice(2);
        }

        if (reader.Choice(3, out _) == LocalArea && !reader.HasFailed)
        {
            ReadAddress(data, ref reader, H323Field.Data, ref places);
        }
    }

    /// <summary>TransportAddress of H.245.</summary>
    static void ReadAddress(ReadOnlySpan<byte> data, ref PerReader reader, H323Field field, ref H323Places places)
    {
        const int Unicast = 0, Ip = 0, Ipx = 1, Ip6 = 2, NetBios = 3;
        if (reader.Choice(2, out _) != Unicast)
        {
            // Multicast: iPAddress or iP6Address, which is nobody's own.
            SkipMulticast(ref reader);
            return;
        }

        int kind = reader.Choice(5, out _);
        if (kind is Ip or Ip6 && !reader.HasFailed)
        {
            bool isExtended = reader.Bit();
            places.Take(data, ref reader, field, kind == Ip6);
            SkipExtensions(ref reader, isExtended);
        }
        else if (kind == Ipx)
        {
            bool isExtended = reader.Bit();
            reader.Skip(6);
            reader.Skip(4);
            reader.Skip(2);
            SkipExtensions(ref reader, isExtended);
        }
        else if (kind == NetBios)
        {
            reader.Skip(16);
        }
        else if (kind == 4)
        {
            // A source route names others than the sender.
            reader.Skip(int.MaxValue);
        }
    }

    static void SkipMulticast(ref PerReader reader)
    {
        if (reader.HasFailed)
        {
            return;
        }

        int kind = reader.Choice(2, out _);
        if (kind < 2)
        {
            bool isExtended = reader.Bit();
            reader.Skip(kind == 0 ? 4 : 16);
            reader.Whole(0, ushort.MaxValue);
            SkipExtensions(ref reader, isExtended);
        }
    }

    /// <summary>DataType. True for T.120, which has connections of its own.</summary>
    static bool SkipDataType(ref PerReader reader)
    {
        switch (reader.Choice(6, out _))
        {
            case 0:
                SkipNonStandard(ref reader);
                break;
            case 2:
                H245Capability.SkipVideo(ref reader);
                break;
            case 3:
                H245Capability.SkipAudio(ref reader);
                break;
            case 4:
                return H245Capability.SkipData(ref reader);
            case 5 when reader.Choice(2, out _) == 0:
                SkipNonStandard(ref reader);
                break;
        }

        return false;
    }

    static void SkipNonStandardList(ref PerReader reader)
    {
        for (int left = reader.Count(); left > 0; left--)
        {
            SkipNonStandard(ref reader);
        }
    }

    /// <summary>NonStandardParameter of H.245: an object or what T.35 has assigned, and whatever.</summary>
    public static void SkipNonStandard(ref PerReader reader)
    {
        // NonStandardIdentifier cannot be extended: one bit chooses.
        if (reader.Bit())
        {
            reader.Whole(0, 255);
            reader.Whole(0, 255);
            reader.Whole(0, ushort.MaxValue);
        }
        else
        {
            reader.SkipOctets();
        }

        reader.SkipOctets();
    }

    /// <summary>Passes over what stands beyond a SEQUENCE's root.</summary>
    public static void SkipExtensions(ref PerReader reader, bool areThere)
    {
        if (!areThere)
        {
            return;
        }

        for (ulong present = reader.Extensions(); present != 0; present <<= 1)
        {
            if ((present & (1ul << 63)) != 0)
            {
                _ = reader.Open();
            }
        }
    }
}
