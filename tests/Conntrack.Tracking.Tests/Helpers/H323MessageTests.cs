using System.Net;
using Conntrack.Tracking.Helpers;

namespace Conntrack.Tracking.Tests.Helpers;

/// <summary>Addresses in H.323's messages, and that none is found where a message is cut or a bit of it has turned.</summary>
public sealed class H323MessageTests
{
    /// <summary>SETUP with aliases of both kinds, a vendor, both ends of the signalling, a call identifier and two channels of a fast start.</summary>
    public const string Setup =
        "080200010504038893a57e008a0500a8060008914a0004020500456789abc344020061006200632280b500534c04637472616b00c633640906b8000000000000000000000000" +
        "000000000000451007000a00000213881100000102030405060708090a0b0c0d0e0f2e02120000000c6013800a040001000a0000021389190000010c60138011140001000a" +
        "0000021388000a0000021389";

    /// <summary>CONNECT with h245Address.</summary>
    public const string Connect =
        "080200010704038893a57e00410502c0060008914a000400c63364092af82280b500534c04637472616b0000000000000000000000000000000000011100000102030405060708090a0b0c0d0e0f";

    /// <summary>An empty body that carries an OpenLogicalChannel along.</summary>
    public const string Tunnel = "080200016204038893a57e001f052810010004c00180150113030000000c6013800a040001000a0000021389";

    /// <summary>OpenLogicalChannel: audio; H.263 with everything said; T.120.</summary>
    public const string Open = "030000000c6013800a040001000a0000021389", Video = "0300000308ccc2240eff040111700009800a040001000a000002138b",
        Data = "03800002101830010040026d8003000001010908000a00000205df00";

    /// <summary>OpenLogicalChannelAck.</summary>
    public const string Ack = "22c000000280101c0000c6336409177000c63364091771";

    [Theory]
    [InlineData(Setup, "DestinationSignal 198.51.100.9:1720", "SourceSignal 10.0.0.2:5000", "MediaControl 10.0.0.2:5001", "Media 10.0.0.2:5000", "MediaControl 10.0.0.2:5001")]
    [InlineData(Connect, "Control 198.51.100.9:11000")]
    [InlineData(Tunnel, "MediaControl 10.0.0.2:5001")]
    public void Q931(string message, params string[] addresses)
    {
        (bool isSound, string[] found) = Read(message, control: false);
        Assert.True(isSound);
        Assert.Equal(addresses, found);
    }

    [Theory]
    [InlineData(Open, "MediaControl 10.0.0.2:5001")]
    [InlineData(Video, "MediaControl 10.0.0.2:5003")]
    [InlineData(Data, "Data 10.0.0.2:1503")]
    [InlineData(Ack, "Media 198.51.100.9:6000", "MediaControl 198.51.100.9:6001")]
    public void H245(string message, params string[] addresses)
    {
        (bool isSound, string[] found) = Read(message, control: true);
        Assert.True(isSound);
        Assert.Equal(addresses, found);
    }

    [Theory]
    [InlineData("")]
    [InlineData("0802")]
    [InlineData("090200010504038893a5")]
    [InlineData("08020001057e0003058000")]
    [InlineData("08020001057effff05")]
    [InlineData("0802000105040a8893a5")]
    public void Malformed(string message) => Assert.False(Read(message, control: false).IsSound);

    /// <summary>Whatever is cut off or turned: what is found lies within, and there is an end.</summary>
    [Fact]
    public void Cut_and_turned()
    {
        foreach ((string message, bool control) in new[] { (Setup, false), (Connect, false), (Tunnel, false), (Open, true), (Video, true), (Data, true), (Ack, true) })
        {
            byte[] whole = Convert.FromHexString(message);
            for (int length = 0; length < whole.Length; length++)
            {
                Read(whole[..length], control);
            }

            for (int bit = 0; bit < whole.Length * 8; bit++)
            {
                byte[] turned = [.. whole];
                turned[bit / 8] ^= (byte)(1 << (bit % 8));
                Read(turned, control);
            }
        }
    }

    [Fact]
    public void Numbers_between_two_others()
    {
        // 1 to 4 in two bits; 0 to 255 at a whole byte; 1 to 192400 with a length of its own; a long length of bytes.
        var reader = new PerReader([0b1100_0000, 200, 0b0100_0000, 0x0e, 0xff, 0x81, 0x02], 0, 7);
        Assert.Equal(4u, reader.Whole(1, 4));
        Assert.Equal(200u, reader.Whole(0, 255));
        Assert.Equal(3840u, reader.Whole(1, 192_400));
        Assert.Equal(258, reader.Length());
        Assert.False(reader.HasFailed);
        Assert.False(reader.Bit());
        Assert.True(reader.HasFailed);
    }

    [Fact]
    public void Another_address_has_room_in_the_place()
    {
        byte[] data = new byte[18];
        new H323Place { Start = 0, IsIpv6 = true }.Write(data, ((UInt128)0x2001_0db8 << 96) + 1, 0x1234);
        Assert.Equal("20010DB80000000000000000000000011234", Convert.ToHexString(data));
        new H323Place { Start = 12 }.Write(data, 0x0a00_0002, 5060);
        Assert.Equal("0A00000213C4", Convert.ToHexString(data[12..]));
    }

    static (bool IsSound, string[] Addresses) Read(string message, bool control) => Read(Convert.FromHexString(message), control);

    static (bool IsSound, string[] Addresses) Read(byte[] message, bool control)
    {
        // In the middle of other data: places are counted from its beginning.
        byte[] data = [0xff, 0xff, .. message, 0xff];
        var places = new H323Places(new H323Place[8]);
        bool isSound = control ? H245Message.TryRead(data, 2, message.Length, ref places) : Q931Message.TryRead(data, 2, message.Length, ref places);
        List<string> found = [];
        foreach (H323Place place in places.All)
        {
            Assert.InRange(place.Start, 2, 2 + message.Length - (place.IsIpv6 ? 18 : 6));
            found.Add($"{place.Field} {new IPAddress(data.AsSpan(place.Start, place.IsIpv6 ? 16 : 4))}:{place.Port}");
        }

        return (isSound, [.. found]);
    }
}
