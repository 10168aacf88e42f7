using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Conntrack.Firewall.Nat;
using Conntrack.Memory.Publication;

namespace Conntrack.Firewall;

/// <summary>
/// All compiled rules of a router: one block of native memory, never changed after it was built, without a pointer inside. Offsets count
/// bytes from its start, so both runtimes read it wherever it lies. <see cref="RuleImageBuilder"/> makes it, <see cref="ImagePublisher{TImage}"/>
/// shows it to the workers and frees it.
/// </summary>
/// <remarks>
/// <para>A packet has eight values that rules ask for; each is an <i>axis</i>. For every value of an axis the compiler has worked out
/// which rules accept it, negation included: a <i>row</i>, one bit for each rule. Values with the same row share it, over all axes. A
/// packet's rules are the AND of its eight rows; how many rules there are decides how rows are stored (<see cref="RowForm"/>).</para>
/// <code>
///    0  header (64)
///   64  built-in chains (28 × 128), user chains (128 each)
/// 3648  or behind the user chains, for every chain that is not empty, each part aligned to 64 bytes:
///       entries         a RuleEntry for every bit
///       protocol rows   256 × row number (4)
///       state rows       32 × row number: a packet's state (3 bits), srcnat and dstnat of its connection above it
///       interface rows  in, out: a row number for every index up to the highest one named, one more for all others
///       address axes    src, dst: tree of intervals, see IntervalAxis; then their row numbers
///       port axes       src, dst: the same, or for many intervals no tree and 65,536 row numbers
///       rows            by number: a word of 64 bits, or pages of 4,096 bits, see RulePage
///       pages           RulePage, by number
///       leaves          eight words, 512 bits, by number
///       conditions      lists of Condition, of rules that ask for more than the axes; rows of such a chain stand in its order
///       translations    at the end, of all chains: a NatRule (64) by number, the first one is nobody's
///       effects         likewise a CompiledEffect (32)
///       address lists   of each family: tree of intervals, row numbers, rows with a bit for every list
///       layer 7         a Layer7Set, and an automaton for every pattern
/// </code>
/// </remarks>
[StructLayout(LayoutKind.Explicit, Size = ByteSize)]
public unsafe partial struct RuleImage
{
    /// <summary>Bytes of the header.</summary>
    public const int ByteSize = 64;

    /// <summary>Offset of the first part behind header and chains.</summary>
    internal const int PartsOffset = ByteSize + ((int)RuleChain.Count * CompiledChain.ByteSize);

    /// <summary>Rules of one packet depend on what another packet of its burst did: see <see cref="RuleDependence"/>.</summary>
    [FieldOffset(36)] public RuleDependence Dependence;

    /// <summary>Offset of the effects.</summary>
    [FieldOffset(40)] internal uint Effects;

    /// <summary>Offset of the address lists of IPv4, 0 when there is none.</summary>
    [FieldOffset(44)] internal uint Lists4;

    /// <inheritdoc cref="Lists4"/>
    [FieldOffset(48)] internal uint Lists6;

    /// <summary>Offset of the layer 7 patterns, 0 when there is none.</summary>
    [FieldOffset(52)] internal uint Layer7;

    /// <summary>
    /// Changes with what established connections can see of the rules, see <see cref="RuleSight"/>: what they remember is good for one. 0 until it is
    /// published.
    /// </summary>
    [FieldOffset(56)] public ulong Edition;

    /// <summary>Bytes of the whole block.</summary>
    [FieldOffset(0)] public ulong TotalBytes;

    /// <summary>Which edition of the rules this is, from 1 up; 0 until it is published.</summary>
    [FieldOffset(8)] public ulong Generation;

    /// <summary>Rules in all chains.</summary>
    [FieldOffset(16)] public uint RuleCount;

    /// <summary>Counters every worker must have: the highest slot and one.</summary>
    [FieldOffset(20)] public uint SlotCount;

    /// <summary>A bit for every chain that has rules, so that a stage can skip itself.</summary>
    [FieldOffset(24)] public uint ChainsInUse;

    /// <summary>1 when any rule is a fasttrack-connection rule.</summary>
    [FieldOffset(28)] public uint FastTracks;

    /// <summary>Offset of the translations.</summary>
    [FieldOffset(32)] internal uint Translations;

    /// <summary>A chain of an image.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static CompiledChain* ChainOf(RuleImage* image, RuleChain chain) => (CompiledChain*)((byte*)image + ByteSize) + (int)chain;

    /// <summary>To what the rule translates that decided; null when it translates nothing, or none decided.</summary>
    /// <param name="image">The rules.</param>
    /// <param name="verdict">What a chain of the nat table said; good as long as the image.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static NatRule* TranslationOf(RuleImage* image, RuleVerdict verdict) =>
        verdict.Translation == 0 ? null : TranslationAt(image, verdict.Translation);

    /// <summary>By number, which is not 0.</summary>
    internal static NatRule* TranslationAt(RuleImage* image, uint number) => (NatRule*)((byte*)image + image->Translations) + number;

    /// <summary>What the rule that decided is told besides its target; null when it is told nothing.</summary>
    internal static CompiledEffect* EffectAt(RuleImage* image, uint number) => (CompiledEffect*)((byte*)image + image->Effects) + number;

    /// <summary>How a reject rule answers.</summary>
    public static RejectWith RejectWithOf(RuleImage* image, RuleVerdict verdict) =>
        verdict.Translation == 0 ? RejectWith.NetworkUnreachable : (RejectWith)EffectAt(image, verdict.Translation)->Mode;
}

/// <summary>What a burst has to heed so that its packets see rules as if they came one by one.</summary>
[Flags]
public enum RuleDependence : uint
{
    None = 0,

    /// <summary>A rule asks what an earlier packet of the same connection changes: its mark, its bytes.</summary>
    OfConnection = 1 << 0,

    /// <summary>A rule of one stage asks what rules of another write: an address list, a chain's counts that two stages share.</summary>
    OfEverything = 1 << 1,

    /// <summary>Rules keep something from packet to packet, whatever worker sees them.</summary>
    OfWorkers = 1 << 2,

    /// <summary>A rule asks how many connections are alive, which every packet's end may change: what has expired ends before the next one.</summary>
    OfCounts = 1 << 3,
}

/// <summary>How a chain stores its rows.</summary>
enum RowForm : uint
{
    /// <summary>No rules.</summary>
    Empty = 0,

    /// <summary>Up to 64 rules: a row is one word, bit n is the n-th rule.</summary>
    Word = 1,

    /// <summary>More: a row is a list of pages, see <see cref="RulePage"/>.</summary>
    Paged = 2,

    /// <summary>Up to 64 rules, of which some ask for more than the axes, jump, or do something: gone through one after the other.</summary>
    WordWalk = 3,

    /// <summary>More of them. Bits stand in the chain's order, all pages are terminal ones.</summary>
    PagedWalk = 4,
}

/// <summary>A chain's classifier. Two cache lines, read by every packet that comes to the chain.</summary>
/// <remarks><code>
///   0 form  4 rules  8 terminal mask (8)  16 entries  20 rows  24 pages  28 leaves  32 terminal pages  36 pages of a row
///  40 state rows  44 protocol rows  48 in rows  52 in limit  56 out rows  60 out limit
///  64 src address (12)  76 dst address (12)  88 src port (12)  100 dst port (12)  112 row without src port  116 without dst port
/// 120 bytes of a row  124 … 128 spare
/// </code></remarks>
[StructLayout(LayoutKind.Explicit, Size = ByteSize)]
struct CompiledChain
{
    public const int ByteSize = 128;

    [FieldOffset(0)] public RowForm Form;
    [FieldOffset(4)] public uint RuleCount;

    /// <summary>Form Word: the rules that decide.</summary>
    [FieldOffset(8)] public ulong Terminal;

    [FieldOffset(16)] public uint Entries;
    [FieldOffset(20)] public uint Rows;
    [FieldOffset(24)] public uint Pages;
    [FieldOffset(28)] public uint Leaves;

    /// <summary>Form Paged: pages of rules that decide; those of the other rules follow.</summary>
    [FieldOffset(32)] public uint TerminalPages;

    /// <summary>Form Paged: pages of a row.</summary>
    [FieldOffset(36)] public uint RowPages;

    [FieldOffset(40)] public uint StateRows;
    [FieldOffset(44)] public uint ProtocolRows;
    [FieldOffset(48)] public uint InRows;

    /// <summary>Index that stands for every interface no rule names.</summary>
    [FieldOffset(52)] public uint InLimit;

    [FieldOffset(56)] public uint OutRows;
    [FieldOffset(60)] public uint OutLimit;
    [FieldOffset(64)] public IntervalAxis SrcAddress;
    [FieldOffset(76)] public IntervalAxis DstAddress;
    [FieldOffset(88)] public IntervalAxis SrcPort;
    [FieldOffset(100)] public IntervalAxis DstPort;

    /// <summary>Row number of packets that have no port.</summary>
    [FieldOffset(112)] public uint NoSrcPortRow;

    [FieldOffset(116)] public uint NoDstPortRow;

    /// <summary>Form Paged: bytes from row to row.</summary>
    [FieldOffset(120)] public uint RowBytes;
}

/// <summary>What a bit of a row stands for. 16 bytes.</summary>
[StructLayout(LayoutKind.Explicit, Size = ByteSize)]
struct RuleEntry
{
    public const int ByteSize = 16;

    /// <summary>Number of a bit that stands for no rule; later than every rule.</summary>
    public const uint None = uint.MaxValue;

    [FieldOffset(0)] public uint Number;
    [FieldOffset(4)] public uint CounterSlot;
    [FieldOffset(8)] public RuleTarget Target;

    /// <summary>The target in the low byte, above it the number of the rule's translation or effect in the image, 0 for none.</summary>
    [FieldOffset(8)] public uint TargetAndTranslation;

    /// <summary>Offset of what the rule asks besides the axes, 0 when that is nothing.</summary>
    [FieldOffset(12)] public uint Conditions;

    /// <summary>Where in <see cref="TargetAndTranslation"/> the translation's number begins.</summary>
    public const int TranslationShift = 8;

    /// <summary>The highest number of a translation.</summary>
    public const uint MostTranslation = (1u << (32 - TranslationShift)) - 1;
}

/// <summary>
/// 4,096 bits of a row, as eight leaves of eight words each. Pages and leaves with the same content are stored once: neighbouring
/// intervals differ in a rule or two, and most of an axis does not interest most rules.
/// </summary>
/// <remarks><code>
/// row     a summary (8) for every page: bit n = word n of the page is not zero   a page number (4) for every page   up to RowBytes
/// page    0 leaf numbers (8 × 4)  32
/// leaf    0 words (8 × 8)         64
/// </code></remarks>
[StructLayout(LayoutKind.Explicit, Size = ByteSize)]
unsafe struct RulePage
{
    public const int ByteSize = 32;
    public const int LeafCount = 8;
    public const int WordsInLeaf = 8;
    public const int WordCount = LeafCount * WordsInLeaf;
    public const int BitCount = WordCount * 64;

    const int SummaryBytes = sizeof(ulong);
    const int NumberBytes = sizeof(uint);
    const int CacheLine = 64;

    [FieldOffset(0)] public fixed uint Leaves[LeafCount];

    /// <summary>
    /// Bytes of a row of so many pages: a power of two up to a cache line, then whole lines, so that a short row lies in one.
    /// </summary>
    public static uint RowBytes(uint pages)
    {
        uint bytes = pages * (SummaryBytes + NumberBytes);
        return bytes <= CacheLine ? BitOperations.RoundUpToPowerOf2(bytes) : (bytes + CacheLine - 1) & ~(CacheLine - 1u);
    }
}
