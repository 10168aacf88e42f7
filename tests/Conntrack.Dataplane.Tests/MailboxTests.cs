using System.Runtime.InteropServices;
using Conntrack.Dataplane.Abi;
using Conntrack.Dataplane.Hosting;

namespace Conntrack.Dataplane.Tests;

public sealed unsafe class MailboxTests : IDisposable
{
    readonly Mailbox* _mailbox = (Mailbox*)NativeMemory.AlignedAlloc(Mailbox.ByteSize, 64);

    public MailboxTests() => NativeMemory.Clear(_mailbox, Mailbox.ByteSize);

    public void Dispose() => NativeMemory.AlignedFree(_mailbox);

    [Fact]
    public void Both_runtimes_see_the_same_layout()
    {
        Assert.Equal(32, sizeof(Command));
        Command command;
        Assert.Equal(0, (byte*)&command.Kind - (byte*)&command);
        Assert.Equal(1, (byte*)&command.Result - (byte*)&command);
        Assert.Equal(2, (byte*)&command.Generation - (byte*)&command);
        Assert.Equal(4, (byte*)&command.Record - (byte*)&command);
        Assert.Equal(8, (byte*)&command.IsIpv6 - (byte*)&command);
        Assert.Equal(8320, sizeof(Mailbox));
        Assert.Equal(Mailbox.ByteSize, sizeof(Mailbox));
    }

    [Fact]
    public void The_counts_and_the_commands_have_cache_lines_of_their_own()
    {
        Send(record: 0xAABBCCDD);
        Assert.Equal(1u, *(uint*)_mailbox);
        Assert.Equal(0u, ((uint*)_mailbox)[16]);
        Assert.Equal(0xAABBCCDDu, ((uint*)_mailbox)[32 + 1]);
        Mailbox.Answer(_mailbox, CommandResult.Done);
        Assert.Equal(1u, ((uint*)_mailbox)[16]);
    }

    [Fact]
    public void An_empty_mailbox_has_nothing_next()
    {
        Assert.True(Mailbox.Next(_mailbox) == null);
        Assert.Equal(0u, _mailbox->Waiting);
    }

    [Fact]
    public void Commands_come_out_in_the_order_they_went_in_and_keep_their_answers()
    {
        uint first = Send(1);
        uint second = Send(2);
        Assert.Equal(1u, Mailbox.Next(_mailbox)->Record);
        Assert.False(Mailbox.TryAnswer(_mailbox, first, out _));
        Mailbox.Answer(_mailbox, CommandResult.Done);
        Assert.Equal(2u, Mailbox.Next(_mailbox)->Record);
        Assert.False(Mailbox.TryAnswer(_mailbox, second, out _));
        Mailbox.Answer(_mailbox, CommandResult.Gone);
        Assert.True(Mailbox.TryAnswer(_mailbox, first, out CommandResult result) && result == CommandResult.Done);
        Assert.True(Mailbox.TryAnswer(_mailbox, second, out result) && result == CommandResult.Gone);
    }

    [Fact]
    public void A_full_mailbox_takes_nothing_and_loses_nothing()
    {
        for (uint n = 0; n < Mailbox.Capacity; n++)
        {
            Send(n);
        }

        Assert.False(Mailbox.TrySend(_mailbox, new Command { Record = 999 }, out _));
        Assert.Equal(Mailbox.Capacity, _mailbox->Waiting);
        Mailbox.Answer(_mailbox, CommandResult.Done);
        Send(Mailbox.Capacity);
        for (uint n = 1; n <= Mailbox.Capacity; n++)
        {
            Assert.Equal(n, Mailbox.Next(_mailbox)->Record);
            Mailbox.Answer(_mailbox, CommandResult.Done);
        }

        Assert.True(Mailbox.Next(_mailbox) == null);
    }

    [Fact]
    public void The_counts_may_wrap()
    {
        *(uint*)_mailbox = uint.MaxValue;
        ((uint*)_mailbox)[16] = uint.MaxValue;
        uint before = Send(7);
        uint after = Send(8);
        Assert.Equal(uint.MaxValue, before);
        Assert.Equal(0u, after);
        Assert.Equal(7u, Mailbox.Next(_mailbox)->Record);
        Mailbox.Answer(_mailbox, CommandResult.Done);
        Assert.True(Mailbox.TryAnswer(_mailbox, before, out _));
        Assert.False(Mailbox.TryAnswer(_mailbox, after, out _));
        Assert.Equal(8u, Mailbox.Next(_mailbox)->Record);
    }

    [Fact]
    public void Two_threads_pass_every_command_once()
    {
        const uint Total = 200_000;
        ulong sum = 0;
        var worker = new Thread(() =>
        {
            for (uint n = 0; n < Total;)
            {
                Command* command = Mailbox.Next(_mailbox);
                if (command == null)
                {
                    Thread.Yield();
                    continue;
                }

                Assert.Equal(n++, command->Record);
                sum += command->Record;
                Mailbox.Answer(_mailbox, CommandResult.Done);
            }
        });
        worker.Start();
        for (uint n = 0; n < Total;)
        {
            if (Mailbox.TrySend(_mailbox, new Command { Kind = CommandKind.RemoveConnection, Record = n }, out _))
            {
                n++;
            }
            else
            {
                Thread.Yield();
            }
        }

        worker.Join();
        Assert.Equal((ulong)Total * (Total - 1) / 2, sum);
        Assert.Equal(0u, _mailbox->Waiting);
    }

    [Theory]
    [InlineData(0, false, (ushort)1, 1u, 0x1_0000_0001ul)]
    [InlineData(0, true, (ushort)3, 2u, 0x1_0003_0000_0002ul)]
    [InlineData(63, true, ushort.MaxValue, uint.MaxValue, 0x7F_FFFF_FFFF_FFFFul)]
    public void An_identity_is_a_number_and_back(int worker, bool ipv6, ushort generation, uint record, ulong value)
    {
        var identity = new ConnectionIdentity(worker, ipv6, generation, record);
        Assert.Equal(value, identity.Value);
        Assert.Equal(identity, ConnectionIdentity.FromValue(value));
    }

    uint Send(uint record)
    {
        Assert.True(Mailbox.TrySend(_mailbox, new Command { Kind = CommandKind.RemoveConnection, Record = record }, out uint ticket));
        return ticket;
    }
}
