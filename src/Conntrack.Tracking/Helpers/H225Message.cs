namespace Conntrack.Tracking.Helpers;

/// <summary>
/// H.225.0's call signalling in the user-user element of Q.931: where the two ends signal, where H.245 goes on, and what of it is carried along (fastStart,
/// tunneling). Types are gone through in the order of the standard's syntax.
/// </summary>
public static class H225Message
{
    const int Setup = 0, CallProceeding = 1, Connect = 2, Alerting = 3, Information = 4, Facility = 6, Progress = 7, Roots = 7;

    /// <summary>Parts beyond a root by their number, the first 0.</summary>
    const int FastStartOfSetup = 6, FastStart = 4, ControlOfFacility = 6, FastStartOfFacility = 7;

    /// <summary>Reads an H323-UserInformation; its addresses are added to those there are. False for one that is malformed.</summary>
    /// <param name="data">All the data that places are counted in.</param>
    /// <param name="start">First byte of it.</param>
    /// <param name="length">Its bytes.</param>
    /// <param name="places">The addresses.</param>
    public static bool TryRead(ReadOnlySpan<byte> data, int start, int length, ref H323Places places)
    {
        const ulong Control = 1ul << 61;
        var reader = new PerReader(data, start, length);

        // H323-UserInformation, and the H323-UU-PDU that it begins with.
        reader.Bits(2);
        bool isExtended = reader.Bit(), hasNonStandard = reader.Bit();
        int body = reader.Choice(Roots, out PerReader inner);
        if (reader.HasFailed)
        {
            return false;
        }

        if (body == Progress)
        {
            ReadProgress(data, ref inner, ref places);
            if (inner.HasFailed)
            {
                return false;
            }
        }
        else if (body < Roots && !TryReadBody(data, ref reader, body, ref places))
        {
            // What it says is nothing to anybody here, and so is what comes behind it.
            return !reader.HasFailed;
        }

        if (hasNonStandard)
        {
            SkipNonStandard(ref reader);
        }

        ulong present = isExtended ? reader.Extensions() : 0;
        for (ulong part = 1ul << 63; part != 0 && !reader.HasFailed; part >>= 1)
        {
            if ((present & part) == 0)
            {
                continue;
            }

            PerReader open = reader.Open();
            for (int left = part == Control ? open.Count() : 0; left > 0 && !open.HasFailed; left--)
            {
                int bytes = open.Length(), at = open.Place;
                open.Skip(bytes);
                if (open.HasFailed || !H245Message.TryRead(data, at, bytes, ref places))
                {
                    return false;
                }
            }
        }

        return !reader.HasFailed;
    }

    /// <summary>False for one that is not gone through.</summary>
    static bool TryReadBody(ReadOnlySpan<byte> data, ref PerReader reader, int body, ref H323Places places)
    {
        bool isExtended = reader.Bit();
        switch (body)
        {
            case Setup:
                ReadSetup(data, ref reader, ref places);
                SkipBeyond(data, ref reader, isExtended, FastStartOfSetup, signal: 0, control: -1, ref places);
                return true;
            case CallProceeding or Alerting:
                bool hasControl = reader.Bit();
                reader.SkipOctets();
                SkipEndpoint(ref reader);
                ReadAddressIf(data, ref reader, hasControl, H323Field.Control, ref places);
                SkipBeyond(data, ref reader, isExtended, FastStart, signal: -1, control: -1, ref places);
                return true;
            case Connect:
                hasControl = reader.Bit();
                reader.SkipOctets();
                ReadAddressIf(data, ref reader, hasControl, H323Field.Control, ref places);
                SkipEndpoint(ref reader);
                reader.Skip(16);
                SkipBeyond(data, ref reader, isExtended, FastStart, signal: -1, control: -1, ref places);
                return true;
            case Facility:
                SkipFacility(ref reader);
                SkipBeyond(data, ref reader, isExtended, FastStartOfFacility, signal: -1, control: ControlOfFacility, ref places);
                return true;
            case Information:
                reader.SkipOctets();
                H245Message.SkipExtensions(ref reader, isExtended);
                return true;
            default:
                return false;
        }
    }

    static void ReadSetup(ReadOnlySpan<byte> data, ref PerReader reader, ref H323Places places)
    {
        uint present = reader.Bits(7);
        reader.SkipOctets();
        ReadAddressIf(data, ref reader, (present & 0x40) != 0, H323Field.Control, ref places);
        SkipAliasesIf(ref reader, (present & 0x20) != 0);
        SkipEndpoint(ref reader);
        SkipAliasesIf(ref reader, (present & 0x10) != 0);
        ReadAddressIf(data, ref reader, (present & 0x08) != 0, H323Field.DestinationSignal, ref places);
        SkipAliasesIf(ref reader, (present & 0x04) != 0);
        for (int left = (present & 0x02) != 0 ? reader.Count() : 0; left > 0; left--)
        {
            reader.Whole(0, ushort.MaxValue);
        }

        reader.Bit();
        reader.Skip(16);
        reader.SkipPlainChoice(3);
        if ((present & 0x01) != 0)
        {
            // QseriesOptions, and the Q954Details in it.
            bool isExtended = reader.Bit();
            reader.Bits(7);
            bool detailsAreExtended = reader.Bit();
            reader.Bits(2);
            H245Message.SkipExtensions(ref reader, detailsAreExtended);
            H245Message.SkipExtensions(ref reader, isExtended);
        }

        reader.SkipPlainChoice(4);
    }

    static void SkipFacility(ref PerReader reader)
    {
        uint present = reader.Bits(3);
        reader.SkipOctets();
        if ((present & 0x04) != 0)
        {
            SkipAddress(ref reader);
        }

        SkipAliasesIf(ref reader, (present & 0x02) != 0);
        if ((present & 0x01) != 0)
        {
            reader.Skip(16);
        }

        reader.SkipPlainChoice(4);
    }

    /// <summary>Progress-UUIE, which has everything in its root.</summary>
    static void ReadProgress(ReadOnlySpan<byte> data, ref PerReader reader, ref H323Places places)
    {
        reader.Bit();
        uint present = reader.Bits(5);
        reader.SkipOctets();
        SkipEndpoint(ref reader);
        ReadAddressIf(data, ref reader, (present & 0x10) != 0, H323Field.Control, ref places);
        bool isExtended = reader.Bit();
        reader.Skip(16);
        H245Message.SkipExtensions(ref reader, isExtended);
        if ((present & 0x0e) == 0 && (present & 0x01) != 0)
        {
            ReadFastStart(data, ref reader, ref places);
        }
    }

    /// <summary>Parts beyond a body's root: those with addresses are read.</summary>
    static void SkipBeyond(
        ReadOnlySpan<byte> data, ref PerReader reader, bool areThere, int fastStart, int signal, int control, ref H323Places places)
    {
        ulong present = areThere ? reader.Extensions() : 0;
        for (int part = 0; present != 0 && !reader.HasFailed; part++, present <<= 1)
        {
            if ((present & (1ul << 63)) == 0)
            {
                continue;
            }

            PerReader open = reader.Open();
            if (part == fastStart)
            {
                ReadFastStart(data, ref open, ref places);
            }
            else if (part == signal || part == control)
            {
                ReadAddressIf(data, ref open, true, part == signal ? H323Field.SourceSignal : H323Field.Control, ref places);
            }
        }
    }

    /// <summary>Channels that are proposed, each an OpenLogicalChannel in an octet string.</summary>
    static void ReadFastStart(ReadOnlySpan<byte> data, ref PerReader reader, ref H323Places places)
    {
        for (int left = reader.Count(); left > 0 && !reader.HasFailed; left--)
        {
            PerReader channel = reader.Open();
            H245Message.ReadOpen(data, ref channel, ref places);
        }
    }

    static void ReadAddressIf(ReadOnlySpan<byte> data, ref PerReader reader, bool isThere, H323Field field, ref H323Places places)
    {
        const int Ip = 0, Ip6 = 3;
        if (!isThere)
        {
            return;
        }

        int kind = reader.Choice(7, out _);
        switch (kind)
        {
            case Ip when !reader.HasFailed:
                places.Take(data, ref reader, field, isIpv6: false);
                break;
            case Ip6:
                bool isExtended = reader.Bit();
                places.Take(data, ref reader, field, isIpv6: true);
                H245Message.SkipExtensions(ref reader, isExtended);
                break;
            default:
                SkipAddress(ref reader, kind);
                break;
        }
    }

    static void SkipAddress(ref PerReader reader) => SkipAddress(ref reader, reader.Choice(7, out _));

    static void SkipAddress(ref PerReader reader, int kind)
    {
        bool isExtended;
        switch (kind)
        {
            case 0:
                reader.Skip(4);
                reader.Skip(2);
                break;
            case 1:
                isExtended = reader.Bit();
                reader.Skip(4);
                reader.Skip(2);
                for (int left = reader.Count(); left > 0; left--)
                {
                    reader.Skip(4);
                }

                reader.SkipPlainChoice(2);
                H245Message.SkipExtensions(ref reader, isExtended);
                break;
            case 2:
                reader.Skip(6);
                reader.Skip(4);
                reader.Bits(16);
                break;
            case 3:
                isExtended = reader.Bit();
                reader.Skip(16);
                reader.Skip(2);
                H245Message.SkipExtensions(ref reader, isExtended);
                break;
            case 4:
                reader.Skip(16);
                break;
            case 5:
                reader.SkipOctets(1, 20);
                break;
            case 6:
                SkipNonStandard(ref reader);
                break;
        }
    }

    static void SkipAliasesIf(ref PerReader reader, bool areThere)
    {
        for (int left = areThere ? reader.Count() : 0; left > 0 && !reader.HasFailed; left--)
        {
            switch (reader.Choice(2, out _))
            {
                case 0 when !reader.HasFailed:
                    // Digits and a few signs: four bits each.
                    int digits = (int)reader.Whole(1, 128);
                    reader.Align();
                    reader.Bits(Math.Min(digits, 8) * 4);
                    for (digits -= 8; digits > 0; digits -= 8)
                    {
                        reader.Bits(Math.Min(digits, 8) * 4);
                    }

                    break;
                case 1:
                    reader.SkipOctets(1, 256, width: 2);
                    break;
            }
        }
    }

    /// <summary>EndpointType: what sort of device it is, and whose.</summary>
    static void SkipEndpoint(ref PerReader reader)
    {
        bool isExtended = reader.Bit();
        uint present = reader.Bits(6);
        if ((present & 0x20) != 0)
        {
            SkipNonStandard(ref reader);
        }

        if ((present & 0x10) != 0)
        {
            SkipVendor(ref reader);
        }

        if ((present & 0x08) != 0)
        {
            SkipInformation(ref reader);
        }

        if ((present & 0x04) != 0)
        {
            SkipGateway(ref reader);
        }

        if ((present & 0x02) != 0)
        {
            SkipInformation(ref reader);
        }

        if ((present & 0x01) != 0)
        {
            SkipInformation(ref reader);
        }

        reader.Bits(2);
        H245Message.SkipExtensions(ref reader, isExtended);
    }

    static void SkipVendor(ref PerReader reader)
    {
        bool isExtended = reader.Bit(), hasProduct = reader.Bit(), hasVersion = reader.Bit();
        SkipManufacturer(ref reader);
        if (hasProduct)
        {
            reader.SkipOctets(1, 256);
        }

        if (hasVersion)
        {
            reader.SkipOctets(1, 256);
        }

        H245Message.SkipExtensions(ref reader, isExtended);
    }

    /// <summary>H221NonStandard.</summary>
    static void SkipManufacturer(ref PerReader reader)
    {
        bool isExtended = reader.Bit();
        reader.Whole(0, 255);
        reader.Whole(0, 255);
        reader.Whole(0, ushort.MaxValue);
        H245Message.SkipExtensions(ref reader, isExtended);
    }

    /// <summary>Of gatekeepers, MCUs, terminals and a gateway's protocols: nothing, or something of its maker's.</summary>
    static void SkipInformation(ref PerReader reader)
    {
        bool isExtended = reader.Bit();
        if (reader.Bit())
        {
            SkipNonStandard(ref reader);
        }

        H245Message.SkipExtensions(ref reader, isExtended);
    }

    static void SkipGateway(ref PerReader reader)
    {
        bool isExtended = reader.Bit(), hasProtocols = reader.Bit(), hasNonStandard = reader.Bit();
        for (int left = hasProtocols ? reader.Count() : 0; left > 0 && !reader.HasFailed; left--)
        {
            int protocol = reader.Choice(9, out _);
            if (protocol == 0)
            {
                SkipNonStandard(ref reader);
            }
            else if (protocol < 9)
            {
                SkipInformation(ref reader);
            }
        }

        if (hasNonStandard)
        {
            SkipNonStandard(ref reader);
        }

        H245Message.SkipExtensions(ref reader, isExtended);
    }

    /// <summary>NonStandardParameter of H.225.0.</summary>
    static void SkipNonStandard(ref PerReader reader)
    {
        switch (reader.Choice(2, out _))
        {
            case 0:
                reader.SkipOctets();
                break;
            case 1:
                SkipManufacturer(ref reader);
                break;
        }

        reader.SkipOctets();
    }
}
