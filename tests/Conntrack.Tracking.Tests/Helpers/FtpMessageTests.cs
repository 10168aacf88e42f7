using System.Net;
using System.Text;
using Conntrack.Tracking.Helpers;
using FsCheck;
using FsCheck.Fluent;

namespace Conntrack.Tracking.Tests.Helpers;

/// <summary>What FTP's lines announce, in every spelling that servers and clients use, and that nothing else is taken for it.</summary>
public sealed class FtpMessageTests
{
    [Theory]
    [InlineData("PORT 10,0,0,2,19,137\r\n", false, FtpForm.Port, "10.0.0.2", 5001, "10,0,0,2,19,137")]
    [InlineData("port  10,0,0,2,19,137 \n", false, FtpForm.Port, "10.0.0.2", 5001, "10,0,0,2,19,137")]
    [InlineData("EPRT |1|10.0.0.2|5282|\r\n", false, FtpForm.ExtendedPort, "10.0.0.2", 5282, "10.0.0.2|5282")]
    [InlineData("EPRT !1!10.0.0.2!5282!\r\n", false, FtpForm.ExtendedPort, "10.0.0.2", 5282, "10.0.0.2!5282")]
    [InlineData("EPRT |2|2001:db8::2|5282|\r\n", false, FtpForm.ExtendedPort, "2001:db8::2", 5282, "2001:db8::2|5282")]
    [InlineData("227 Entering Passive Mode (10,0,0,8,156,64).\r\n", true, FtpForm.Passive, "10.0.0.8", 40000, "10,0,0,8,156,64")]
    [InlineData("227 Passive mode, ok 12: =10,0,0,8,156,64\r\n", true, FtpForm.Passive, "10.0.0.8", 40000, "10,0,0,8,156,64")]
    [InlineData("229 Extended Passive Mode Entered (|||40000|)\r\n", true, FtpForm.ExtendedPassive, "::", 40000, "40000")]
    public void Announcements(string line, bool fromServer, FtpForm form, string address, int port, string part)
    {
        bool isIpv6 = address.Contains("::", StringComparison.Ordinal);
        Assert.True(FtpMessage.TryRead(Encoding.ASCII.GetBytes(line), fromServer, isIpv6, out Announcement announcement, out _));
        Assert.Equal((form, Number(address), port), ((FtpForm)announcement.Form, announcement.Address, announcement.Port));
        Assert.Equal(part, line.Substring(announcement.Start, announcement.Length));
    }

    [Theory]
    [InlineData("PORT 10,0,0,2,19\r\n", false)]
    [InlineData("PORT 10,0,0,2,19,256\r\n", false)]
    [InlineData("PORT 10,0,0,2,19,137,1\r\n", false)]
    [InlineData("PORT 10,0,0,2,0,0\r\n", false)]
    [InlineData("PORT 000000000010,0,0,2,19,137\r\n", false)]
    [InlineData("EPRT |2|10.0.0.2|5282|\r\n", false)]
    [InlineData("EPRT |1|10.0.0.2|65536|\r\n", false)]
    [InlineData("EPRT |1|10.0.0.2|5282\r\n", false)]
    [InlineData("EPRT |1|\r\n", false)]
    [InlineData("227 no numbers\r\n", true)]
    [InlineData("229 (|||)\r\n", true)]
    [InlineData("229 (|||40000\r\n", true)]
    public void Malformed(string line, bool fromServer)
    {
        Assert.False(FtpMessage.TryRead(Encoding.ASCII.GetBytes(line), fromServer, false, out _, out bool isMalformed));
        Assert.True(isMalformed);
    }

    [Theory]
    [InlineData("PORTX\r\n", false)]
    [InlineData("227 Entering Passive Mode (10,0,0,8,156,64).\r\n", false)]
    [InlineData("PORT 10,0,0,2,19,137\r\n", true)]
    [InlineData("227-Entering (10,0,0,8,156,64).\r\n", true)]
    public void Something_else(string line, bool fromServer)
    {
        Assert.False(FtpMessage.TryRead(Encoding.ASCII.GetBytes(line), fromServer, false, out _, out bool isMalformed));
        Assert.False(isMalformed);
    }

    /// <summary>What is written is read again as what it says.</summary>
    [Fact]
    public void Written_and_read() => Prop.ForAll(ArbMap.Default.ArbFor<(ulong, ulong)>(), ArbMap.Default.ArbFor<(ushort, bool, bool)>(), (a, b) => WrittenAndRead(a.Item1, a.Item2, b.Item1, b.Item2, b.Item3)).Check(Config.QuickThrowOnFailure.WithMaxTest(500));

    static void WrittenAndRead(ulong high, ulong low, ushort port, bool ipv6, bool extended)
    {
        UInt128 address = ipv6 ? new UInt128(high, low) : (uint)low;
        FtpForm form = ipv6 || extended ? FtpForm.ExtendedPort : FtpForm.Port;
        Span<byte> text = stackalloc byte[FtpMessage.LongestText];
        int length = FtpMessage.Write(text, new Announcement { Form = (byte)form, Delimiter = (byte)'|' }, ipv6, address, port);
        string prefix = form == FtpForm.Port ? "PORT " : ipv6 ? "EPRT |2|" : "EPRT |1|";
        byte[] line = [.. Encoding.ASCII.GetBytes(prefix), .. text[..length], .. form == FtpForm.Port ? "\r\n"u8 : "|\r\n"u8];
        bool valid = address != 0 && port != 0;
        Assert.Equal(valid, FtpMessage.TryRead(line, false, ipv6, out Announcement read, out _));
        Assert.True(!valid || (read.Address == address && read.Port == port && read.Start == prefix.Length && read.Length == length));
    }

    /// <summary>Addresses are written as .NET writes them.</summary>
    [Fact]
    public void Addresses() => Prop.ForAll(ArbMap.Default.ArbFor<ushort[]>(), ArbMap.Default.ArbFor<byte>(), (groups, zeros) => WrittenAsUsual(groups, zeros)).Check(Config.QuickThrowOnFailure.WithMaxTest(500));

    static void WrittenAsUsual(ushort[] groups, byte zeros)
    {
        UInt128 address = 0;
        for (int n = 0; n < 8; n++)
        {
            address = (address << 16) | ((zeros >> n & 1) != 0 || groups is null || groups.Length <= n ? (ushort)0 : groups[n]);
        }

        // .NET writes some addresses with an IPv4 end.
        byte[] bytes = new byte[16];
        System.Buffers.Binary.BinaryPrimitives.WriteUInt128BigEndian(bytes, address | (UInt128.One << 127));
        string expected = new IPAddress(bytes).ToString();
        Span<byte> text = stackalloc byte[40];
        int length = Numbers.WriteAddress(text, address | (UInt128.One << 127), ipv6: true);
        Assert.Equal(expected, Encoding.ASCII.GetString(text[..length]));
        Assert.True(Numbers.TryReadAddress6(text[..length], out UInt128 read));
        Assert.Equal(address | (UInt128.One << 127), read);
    }

    /// <summary>Whatever stands in a line, nothing is thrown, and what is announced lies in it.</summary>
    [Fact]
    public void Anything() => Prop.ForAll(ArbMap.Default.ArbFor<byte[]>(), ArbMap.Default.ArbFor<(int, bool)>(), (bytes, more) => Reads(bytes, more.Item1, more.Item2)).Check(Config.QuickThrowOnFailure.WithMaxTest(2000));

    static void Reads(byte[] bytes, int word, bool ipv6)
    {
        string[] words = ["PORT ", "EPRT |", "227 ", "229 (|||", "PORT 1,2,3,4,5,", "EPRT |2|::", ""];
        byte[] line = [.. Encoding.ASCII.GetBytes(words[(uint)word % words.Length]), .. bytes ?? []];
        foreach (bool fromServer in new[] { false, true })
        {
            _ = FtpMessage.MayBegin(line, fromServer);
            if (FtpMessage.TryRead(line, fromServer, ipv6, out Announcement announcement, out _))
            {
                Assert.InRange(announcement.Start, 0, line.Length);
                Assert.InRange(announcement.Length, 1, line.Length - announcement.Start);
            }
        }
    }

    static UInt128 Number(string address) => IPAddress.Parse(address).GetAddressBytes().Aggregate(UInt128.Zero, (number, part) => (number << 8) | part);
}
