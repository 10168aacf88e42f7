namespace Conntrack.Tracking.Helpers;

/// <summary>Goes through the capability that a logical channel of H.245 is for: it stands in front of the addresses, and says nothing a router has to know.</summary>
static class H245Capability
{
    /// <summary>VideoCapability.</summary>
    public static void SkipVideo(ref PerReader reader)
    {
        switch (reader.Choice(5, out _))
        {
            case 0:
                H245Message.SkipNonStandard(ref reader);
                break;
            case 1:
                SkipH261(ref reader);
                break;
            case 2:
                SkipH262(ref reader);
                break;
            case 3:
                SkipH263(ref reader);
                break;
            case 4:
                SkipMpeg1(ref reader);
                break;
        }
    }

    /// <summary>AudioCapability: most are frames or samples in a packet, 1 to 256.</summary>
    public static void SkipAudio(ref PerReader reader)
    {
        int kind = reader.Choice(14, out _);
        bool isExtended;
        switch (kind)
        {
            case 0:
                H245Message.SkipNonStandard(ref reader);
                break;
            case (>= 1 and <= 7) or (>= 9 and <= 11):
                reader.Whole(1, 256);
                break;
            case 8:
                reader.Whole(1, 256);
                reader.Bit();
                break;
            case 12:
                // IS11172: three layers, three rates, one or two channels, the bit rate.
                isExtended = reader.Bit();
                reader.Bits(8);
                reader.Whole(1, 448);
                H245Message.SkipExtensions(ref reader, isExtended);
                break;
            case 13:
                // IS13818: three layers, six rates, seven arrangements of channels and one more switch for each of four, the bit rate.
                isExtended = reader.Bit();
                reader.Bits(20);
                reader.Whole(1, 1130);
                H245Message.SkipExtensions(ref reader, isExtended);
                break;
        }
    }

    /// <summary>DataApplicationCapability: an application, and the bit rate. True for T.120 over a network of its own (separateLANStack).</summary>
    public static bool SkipData(ref PerReader reader)
    {
        const int T120 = 1, SeparateStack = 10;
        bool isExtended = reader.Bit(), isConference = false;
        switch (reader.Choice(10, out _))
        {
            case 0:
                H245Message.SkipNonStandard(ref reader);
                break;
            case 4:
                _ = SkipDataProtocol(ref reader);
                SkipT84(ref reader);
                break;
            case T120:
                isConference = SkipDataProtocol(ref reader) == SeparateStack;
                break;
            case 2 or 3 or 5 or 6 or 9:
                _ = SkipDataProtocol(ref reader);
                break;
            case 7:
                _ = SkipDataProtocol(ref reader);
                reader.SkipOctets();
                break;
        }

        reader.Whole(0, uint.MaxValue);
        H245Message.SkipExtensions(ref reader, isExtended);
        return isConference;
    }

    static int SkipDataProtocol(ref PerReader reader)
    {
        int protocol = reader.Choice(7, out _);
        if (protocol == 0)
        {
            H245Message.SkipNonStandard(ref reader);
        }

        return protocol;
    }

    /// <summary>T84Profile: unrestricted, or a switch for each of nineteen kinds of pictures.</summary>
    static void SkipT84(ref PerReader reader)
    {
        if (reader.Bit())
        {
            bool isExtended = reader.Bit();
            reader.Bits(19);
            H245Message.SkipExtensions(ref reader, isExtended);
        }
    }

    static void SkipH261(ref PerReader reader)
    {
        bool isExtended = reader.Bit();
        uint present = reader.Bits(2);
        SkipPresent(ref reader, present, 2, 1, 4);
        reader.Bit();
        reader.Whole(1, 19_200);
        reader.Bit();
        H245Message.SkipExtensions(ref reader, isExtended);
    }

    /// <summary>Eleven profiles and levels, then what limits them, each where it is said.</summary>
    static void SkipH262(ref PerReader reader)
    {
        bool isExtended = reader.Bit();
        uint present = reader.Bits(6);
        reader.Bits(11);
        if ((present & 0x20) != 0)
        {
            reader.Whole(0, 1_073_741_823);
        }

        if ((present & 0x10) != 0)
        {
            reader.Whole(0, 262_143);
        }

        SkipPresent(ref reader, (present >> 2) & 3, 2, 0, 16_383);
        if ((present & 0x02) != 0)
        {
            reader.Whole(0, 15);
        }

        if ((present & 0x01) != 0)
        {
            reader.Whole(0, uint.MaxValue);
        }

        H245Message.SkipExtensions(ref reader, isExtended);
    }

    static void SkipH263(ref PerReader reader)
    {
        bool isExtended = reader.Bit();
        uint present = reader.Bits(7);
        SkipPresent(ref reader, present >> 2, 5, 1, 32);
        reader.Whole(1, 192_400);
        reader.Bits(5);
        if ((present & 0x02) != 0)
        {
            reader.Whole(0, 524_287);
        }

        if ((present & 0x01) != 0)
        {
            reader.Whole(0, ushort.MaxValue);
        }

        H245Message.SkipExtensions(ref reader, isExtended);
    }

    /// <summary>IS11172VideoCapability.</summary>
    static void SkipMpeg1(ref PerReader reader)
    {
        bool isExtended = reader.Bit();
        uint present = reader.Bits(6);
        reader.Bit();
        if ((present & 0x20) != 0)
        {
            reader.Whole(0, 1_073_741_823);
        }

        if ((present & 0x10) != 0)
        {
            reader.Whole(0, 262_143);
        }

        SkipPresent(ref reader, (present >> 2) & 3, 2, 0, 16_383);
        if ((present & 0x02) != 0)
        {
            reader.Whole(0, 15);
        }

        if ((present & 0x01) != 0)
        {
            reader.Whole(0, uint.MaxValue);
        }

        H245Message.SkipExtensions(ref reader, isExtended);
    }

    /// <summary>As many numbers of one range as bits are set.</summary>
    static void SkipPresent(ref PerReader reader, uint present, int bits, uint low, uint high)
    {
        for (int bit = bits - 1; bit >= 0; bit--)
        {
            if (((present >> bit) & 1) != 0)
            {
                reader.Whole(low, high);
            }
        }
    }
}
