using System.Runtime.InteropServices;
using Conntrack.Dataplane.Abi;

namespace Conntrack.Dataplane;

/// <summary>
/// Commands to one worker: a ring in native memory with one producer, the control side under its lock, and one consumer, the worker between
/// two bursts. Answers stay in the line they were asked in until the ring comes round to it.
/// </summary>
/// <remarks>
/// Both counts only grow and wrap together with 32 bits. The producer writes a line, then <c>sent</c>; the worker writes the answer, then
/// <c>done</c>: stores are released in that order and loads acquired, so neither sees half a line. Each count has a cache line of its own;
/// a worker without commands reads one line that nobody writes.
/// <code>
///    0 sent (4)     4 … 64 spare
///   64 done (4)    68 … 128 spare
///  128 commands (256 × 32)
/// 8320
/// </code></remarks>
[StructLayout(LayoutKind.Explicit, Size = ByteSize)]
public unsafe struct Mailbox
{
    /// <summary>Commands under way at most.</summary>
    public const uint Capacity = 256;

    /// <summary>Bytes of this struct.</summary>
    public const int ByteSize = 128 + ((int)Capacity * Command.ByteSize);

    [FieldOffset(0)] uint _sent;
    [FieldOffset(64)] uint _done;
    [FieldOffset(128)] fixed byte _commands[(int)Capacity * Command.ByteSize];

    /// <summary>Commands the worker has not answered.</summary>
    public uint Waiting => Volatile.Read(ref _sent) - Volatile.Read(ref _done);

    /// <summary>Producer: appends a command.</summary>
    /// <param name="mailbox">The ring; native memory, for lines are addressed.</param>
    /// <param name="command">Copied.</param>
    /// <param name="ticket">By which <see cref="TryAnswer"/> finds it again.</param>
    /// <returns>False when the ring is full.</returns>
    public static bool TrySend(Mailbox* mailbox, in Command command, out uint ticket)
    {
        ticket = mailbox->_sent;
        if (ticket - Volatile.Read(ref mailbox->_done) >= Capacity)
        {
            return false;
        }

        *At(mailbox, ticket) = command;
        Volatile.Write(ref mailbox->_sent, ticket + 1);
        return true;
    }

    /// <summary>Producer: what became of a command; false while it waits. Good until <see cref="Capacity"/> more were sent.</summary>
    public static bool TryAnswer(Mailbox* mailbox, uint ticket, out CommandResult result)
    {
        bool answered = (int)(Volatile.Read(ref mailbox->_done) - ticket) > 0;
        result = answered ? At(mailbox, ticket)->Result : CommandResult.Waiting;
        return answered;
    }

    /// <summary>Worker: the oldest unanswered command, null when there is none.</summary>
    public static Command* Next(Mailbox* mailbox)
    {
        uint done = mailbox->_done;
        return Volatile.Read(ref mailbox->_sent) == done ? null : At(mailbox, done);
    }

    /// <summary>Worker: answers the command that <see cref="Next"/> returned.</summary>
    public static void Answer(Mailbox* mailbox, CommandResult result)
    {
        uint done = mailbox->_done;
        At(mailbox, done)->Result = result;
        Volatile.Write(ref mailbox->_done, done + 1);
    }

    static Command* At(Mailbox* mailbox, uint ticket) => (Command*)mailbox->_commands + (ticket & (Capacity - 1));
}
