using System.Globalization;
using System.Text;
using Conntrack.Tracking.Helpers;

namespace Conntrack.Tracking.Tests.Helpers;

/// <summary>What is found in a SIP message, and that every place of it is where it is said to be.</summary>
public sealed class SipMessageTests
{
    const string Invite =
        "INVITE sip:bob@198.51.100.5:5062 SIP/2.0\r\nVia: SIP/2.0/UDP 10.0.0.2;branch=z9hG4bK;rport=7;received=10.0.0.9;maddr=10.0.0.3, SIP/2.0/UDP 10.0.0.8\r\n" +
        "Max-Forwards: 70\r\nf: \"A, <sip:x@1.1.1.1>\" <sip:alice@10.0.0.2:5070>;tag=1\r\nTO : <sip:bob@example.com>\r\nCSeq: 7 INVITE\r\n" +
        "m: \"a,b\" <sip:alice@10.0.0.2>;expires=60,\r\n <sip:10.0.0.2:5080;transport=TCP>\r\nExpires: 120\r\nContent-Type: application/sdp\r\nContent-Length:  4 \r\n\r\n";

    const string Description =
        "v=0\r\no=- 1 1 IN IP4 10.0.0.2\r\ns=-\r\nc=IN IP4 10.0.0.2\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\na=x\r\nm=application 9 UDP\r\nc=IN IP4 9.9.9.9\r\n" +
        "m=video 5000/2 RTP/AVP 1\r\nc=IN IP4 10.0.0.7/127\r\nm=audio 0 RTP/AVP 0\r\n";

    [Fact]
    public void Every_place_of_a_request()
    {
        (SipReading reading, SipMessage message, string[] places) = Read(Invite + Description);
        Assert.Equal(SipReading.Message, reading);
        Assert.Equal((false, SipMethod.Invite, 7u, 120u, Invite.Length), (message.IsResponse, message.Method, message.Sequence, message.Expires, message.HeadLength));
        Assert.Equal(
            [
                "RequestUri 198.51.100.5:5062 =198.51.100.5 5062", "Via 10.0.0.2 =10.0.0.2 5060", "ViaPort 7 =0.0.0.0 0 7", "ViaReceived 10.0.0.9 =10.0.0.9 0",
                "ViaMaddr 10.0.0.3 =10.0.0.3 0", "From 10.0.0.2:5070 =10.0.0.2 5070", "Contact 10.0.0.2 =10.0.0.2 5060 60",
                "Contact 10.0.0.2:5080 =10.0.0.2 5080 4294967295 protocol 6", "ContentLength 4 =0.0.0.0 0 4", "SdpOwner 10.0.0.2 =10.0.0.2 0",
                "SdpConnection 10.0.0.2 =10.0.0.2 0", "SdpPort 4000 =0.0.0.0 4000 4000", "SdpPort 5000 =0.0.0.0 5000 5000", "SdpMediaConnection 10.0.0.7 =10.0.0.7 0",
            ],
            places);
    }

    [Fact]
    public void Responses_name_the_method_they_answer()
    {
        (SipReading reading, SipMessage message, string[] places) = Read(
            "SIP/2.0 200 OK\r\nVia: SIP/2.0/TCP [2001:db8::2]:5061;received=2001:db8::3\r\nCSeq: 2 REGISTER\r\nContact: <sip:[2001:DB8::2]:5061>\r\nl: 0\r\n\r\nSIP/2.0 100",
            isIpv6: true, isStream: true);
        Assert.Equal((SipReading.Message, true, 200, SipMethod.Register), (reading, message.IsResponse, message.Code, message.Method));
        Assert.Equal(message.HeadLength, message.Length);
        Assert.Equal(
            ["Via [2001:db8::2]:5061 =2001:db8::2 5061", "ViaReceived 2001:db8::3 =2001:db8::3 0", "Contact [2001:DB8::2]:5061 =2001:db8::2 5061 4294967295", "ContentLength 0 =:: 0"],
            places);
    }

    [Theory]
    [InlineData("", SipReading.Nothing)]
    [InlineData("\0\0", SipReading.Nothing)]
    [InlineData("GET / HTTP/1.1\r\n\r\n", SipReading.Nothing)]
    [InlineData("SIP/2.0 OK\r\nCSeq: 1 INVITE\r\n\r\n", SipReading.Malformed)]
    [InlineData("SIP/2.0 99 Low\r\nCSeq: 1 INVITE\r\n\r\n", SipReading.Malformed)]
    [InlineData("BYE sip:a SIP/2.0\r\n\r\n", SipReading.Malformed)]
    [InlineData("BYE sip:a SIP/2.0\r\nCSeq: x BYE\r\n\r\n", SipReading.Malformed)]
    [InlineData("BYE sip:a SIP/2.0\r\nCSeq: 99999999999 BYE\r\n\r\n", SipReading.Malformed)]
    [InlineData("BYE sip:a SIP/2.0\r\nCSeq: 1 BYE\r\nContent-Length: 70000\r\n\r\n", SipReading.Malformed)]
    [InlineData("BYE sip:a SIP/2.0\r\nCSeq: 1 BYE\r\n\r\n", SipReading.Message)]
    [InlineData("BYE sip:a SIP/2.0\nCSeq: 1 BYE\n\n", SipReading.Message)]
    public void What_is_none(string text, SipReading reading) => Assert.Equal(reading, Read(text).Reading);

    [Theory]
    [InlineData("BYE sip:a SIP/2.0\r\nCSeq: 1 BYE\r\nContent-Length: 5\r\n\r\n1234", SipReading.Partial)]
    [InlineData("BYE sip:a SIP/2.0\r\nCSeq: 1 BYE\r\nContent-Len", SipReading.Partial)]
    [InlineData("BYE sip:a SIP/2.0\r\nCSeq: 1 BYE\r\n\r\n", SipReading.Malformed)]
    [InlineData("BYE sip:a SIP/2.0\r\nCSeq: 1 BYE\r\nContent-Length: 4\r\n\r\n1234", SipReading.Message)]
    [InlineData("BYE sip:a SIP/2.0\r\nContent-Length: 4\r\nCSeq: 1 BYE\r\n\r\n1234", SipReading.Message)]
    public void A_stream_says_how_long_a_message_is(string text, SipReading reading) => Assert.Equal(reading, Read(text, isStream: true).Reading);

    [Fact]
    public void Names_and_low_ports_are_no_addresses()
    {
        (_, _, string[] places) = Read(
            "OPTIONS sip:10.0.0.2.example.com SIP/2.0\r\nVia: SIP/2.0/TLS 10.0.0.2\r\nFrom: <sips:a@10.0.0.2>\r\nTo: <tel:+1>\r\n" +
            "Contact: <sip:a@10.0.0.2:80>\r\nContact: *\r\nCSeq: 1 OPTIONS\r\nSubject: sip:a@10.0.0.2\r\n\r\n");
        Assert.Empty(places);
    }

    [Fact]
    public void Budgets_end_reading()
    {
        const string Head = "OPTIONS sip:a SIP/2.0\r\nCSeq: 1 OPTIONS\r\n";
        Assert.Equal(SipReading.TooMuch, Read(Head + string.Concat(Enumerable.Repeat("X: y\r\n", 128)) + "\r\n").Reading);
        Assert.Equal(SipReading.TooMuch, Read(Head + "Contact: " + string.Join(',', Enumerable.Repeat("sip:10.0.0.2", 33)) + "\r\n\r\n").Reading);
        Assert.Equal(SipReading.TooMuch, Read(Head + "\r\nv=0\r\n" + string.Concat(Enumerable.Repeat("a=b\r\n", 128))).Reading);
    }

    [Theory]
    [InlineData(SipText.Endpoint, false, "192.0.2.1:5070")]
    [InlineData(SipText.Address, true, "2001:db8::1")]
    [InlineData(SipText.Host, true, "[2001:db8::1]")]
    [InlineData(SipText.Endpoint, true, "[2001:db8::1]:5070")]
    [InlineData(SipText.Number, false, "77")]
    public void Texts_are_written(SipText text, bool isIpv6, string expected)
    {
        UInt128 address = isIpv6 ? ((UInt128)0x2001_0db8 << 96) + 1 : 0xc000_0201;
        Span<byte> into = stackalloc byte[SipPlace.LongestText];
        var place = new SipPlace { Address = address, Port = 5070, Number = 77, Text = text };
        Assert.Equal(expected, Encoding.ASCII.GetString(into[..place.Write(into, isIpv6)]));
    }

    static (SipReading Reading, SipMessage Message, string[] Places) Read(string text, bool isStream = false, bool isIpv6 = false)
    {
        byte[] bytes = Encoding.Latin1.GetBytes(text);
        var places = new SipPlaces(new SipPlace[32]);
        SipReading reading = SipMessage.Read(bytes, isStream, isIpv6, ref places, out SipMessage message);
        List<string> said = [];
        int last = 0;
        byte[] address = new byte[SipPlace.LongestText];
        foreach (SipPlace place in places.All)
        {
            Assert.InRange(place.Start, last, bytes.Length - place.Length);
            last = place.Start + place.Length;
            int length = Numbers.WriteAddress(address, place.Address, isIpv6);
            said.Add(
                string.Create(CultureInfo.InvariantCulture, $"{place.Field} {text.AsSpan(place.Start, place.Length)} ={Encoding.ASCII.GetString(address, 0, length)} {place.Port}")
                + (place.Number == 0 ? "" : $" {place.Number}") + (place.Protocol == 0 ? "" : $" protocol {place.Protocol}"));
        }

        return (reading, message, [.. said]);
    }
}
