using System.Runtime.CompilerServices;

namespace Conntrack.Packets.Parsing;

/// <summary>
/// What a transport header adds to a packet. One word, because a struct of several fields that a call returns goes through memory in
/// pieces and comes back whole, which stalls on the store buffer.
/// </summary>
/// <remarks><code>
///  63    56 55       48 47      32 31        0
///  |   0   | TCP flags |  marks   |   ports  |
/// </code></remarks>
readonly struct TransportFacts
{
    const int MarksShift = 32;
    const int TcpFlagsShift = 48;

    readonly ulong _word;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public TransportFacts(uint ports, PacketMarks marks = PacketMarks.None, byte tcpFlags = 0) =>
        _word = ports | ((ulong)marks << MarksShift) | ((ulong)tcpFlags << TcpFlagsShift);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    TransportFacts(ulong word) => _word = word;

    /// <summary>As <see cref="PortPair.Ports"/>.</summary>
    public uint Ports => (uint)_word;

    public PacketMarks Marks => (PacketMarks)(ushort)(_word >> MarksShift);

    public byte TcpFlags => (byte)(_word >> TcpFlagsShift);

    /// <summary>The same with these marks in addition.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public TransportFacts With(PacketMarks marks) => new(_word | ((ulong)marks << MarksShift));
}
