using System.Text;
using Conntrack.Tracking.Helpers;
using FsCheck;
using FsCheck.Fluent;

namespace Conntrack.Tracking.Tests.Helpers;

/// <summary>PPTP's control messages and IRC's requests.</summary>
public sealed class CallMessageTests
{
    [Fact]
    public void Outgoing_call_reply()
    {
        byte[] bytes = new byte[40];
        byte[] message = [0, 32, 0, 1, 0x1A, 0x2B, 0x3C, 0x4D, 0, 8, 0, 0, 0x41, 0x00, 0x00, 0x77, 1];
        message.CopyTo(bytes, 0);
        Assert.True(PptpMessage.TryRead(bytes, out PptpMessage read));
        Assert.Equal(new PptpMessage(PptpKind.OutgoingCallReply, 32, 12, 0x4100, 14, 0x77, PptpMessage.Connected), read);
        Assert.False(PptpMessage.TryRead(bytes.AsSpan(0, 31), out _));
        bytes[4]++;
        Assert.False(PptpMessage.TryRead(bytes, out _));
    }

    [Theory]
    [InlineData("PRIVMSG you :\u0001DCC SEND a.txt 167772162 5001 100\u0001\r\n", "167772162 5001", 0x0A00_0002, 5001)]
    [InlineData("\u0001DCC CHAT chat 3405803777 65535\u0001", "3405803777 65535", 0xCB00_7101, 65535)]
    public void Requests(string text, string part, uint address, int port)
    {
        Assert.True(IrcMessage.TryFind(Encoding.ASCII.GetBytes(text), out Announcement announcement, out int read, out _));
        Assert.Equal(part, text.Substring(announcement.Start, announcement.Length));
        Assert.Equal((address, port), ((uint)announcement.Address, announcement.Port));
        Assert.Equal(announcement.Start + announcement.Length, read);
    }

    [Theory]
    [InlineData("\u0001DCC SEND a.txt 4294967296 5001 100\u0001")]
    [InlineData("\u0001DCC SEND a.txt\n167772162 5001\u0001")]
    [InlineData("\u0001DCC SEND a.txt 167772162 0 100\u0001")]
    [InlineData("\u0001DCC ")]
    public void Malformed(string text)
    {
        Assert.False(IrcMessage.TryFind(Encoding.ASCII.GetBytes(text), out _, out int read, out bool isMalformed));
        Assert.True(isMalformed);
        Assert.InRange(read, 5, text.Length);
    }

    [Fact]
    public void Anything() => Prop.ForAll(ArbMap.Default.ArbFor<byte[]>(), ArbMap.Default.ArbFor<(byte, bool)>(), (bytes, more) => Reads(bytes, more.Item1, more.Item2))
        .Check(Config.QuickThrowOnFailure.WithMaxTest(2000));

    static void Reads(byte[] bytes, byte kind, bool whole)
    {
        byte[] call = [0, whole ? (byte)(12 + bytes.Length) : kind, 0, 1, 0x1A, 0x2B, 0x3C, 0x4D, 0, (byte)(kind % 20), 0, 0, .. bytes];
        if (PptpMessage.TryRead(call, out PptpMessage message))
        {
            Assert.InRange(message.Length, 12, call.Length);
            Assert.InRange(Math.Max(message.CallAt, message.PeerAt), 0, message.Length - 2);
        }

        byte[] text = [.. bytes, .. "\u0001DCC SEND x 1"u8, .. bytes];
        if (IrcMessage.TryFind(text, out Announcement announcement, out int read, out _))
        {
            Assert.InRange(announcement.Start + announcement.Length, announcement.Start + 1, text.Length);
        }

        Assert.InRange(read, 1, text.Length);
    }
}
